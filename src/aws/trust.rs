//! The certificates that a private CA bundle adds: read and judged before anything connects.
//!
//! The SDK's client panics on a bundle that it cannot parse, so it is only ever given what was parsed here first.

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// A bundle that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// It cannot be read.
    #[error("the CA bundle `{path}` cannot be read")]
    Unreadable {
        /// As configured.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It holds no certificate.
    #[error("the CA bundle `{path}` holds no certificate in PEM form")]
    Empty {
        /// As configured.
        path: PathBuf,
    },
}

/// The certificates of a bundle, each as PEM.
///
/// # Errors
/// [`TrustError`].
pub(super) fn certificates(path: &Path) -> Result<Vec<Vec<u8>>, TrustError> {
    let bytes = std::fs::read(path).map_err(|source| TrustError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let mut store = RootCertStore::empty();
    let good: Vec<_> = CertificateDer::pem_slice_iter(&bytes)
        .flatten()
        .filter(|der| store.add(der.clone()).is_ok())
        .map(|der| pem(&der))
        .collect();
    if good.is_empty() {
        return Err(TrustError::Empty {
            path: path.to_owned(),
        });
    }
    Ok(good)
}

fn pem(der: &[u8]) -> Vec<u8> {
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        STANDARD.encode(der)
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_without_certificates_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("none.pem");
        assert!(matches!(
            certificates(&missing),
            Err(TrustError::Unreadable { .. })
        ));
        let broken = folder.path().join("broken.pem");
        #[expect(clippy::disallowed_methods, reason = "a test's own file")]
        std::fs::write(
            &broken,
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        )
        .unwrap();
        assert!(matches!(
            certificates(&broken),
            Err(TrustError::Empty { .. })
        ));
    }

    #[test]
    fn what_does_not_parse_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let good = rcgen::generate_simple_self_signed(["localhost".to_owned()])
            .unwrap()
            .cert
            .pem();
        let path = folder.path().join("ca.pem");
        #[expect(clippy::disallowed_methods, reason = "a test's own file")]
        std::fs::write(
            &path,
            format!("# ours\n{good}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        )
        .unwrap();
        assert_eq!(certificates(&path).unwrap().len(), 1);
    }
}
