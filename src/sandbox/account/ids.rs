//! IDs and secrets in AWS's forms, from the account's random number generator.

use rand::RngExt as _;
use rand::rngs::StdRng;
use secrecy::SecretString;

/// The characters of unique IDs: base32.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// The characters of secret access keys.
const SECRET_ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// The bits of an access key ID below the account ID.
const BELOW_ACCOUNT: u32 = 39;
const ACCOUNT_BITS: u32 = 40;

/// A unique ID with this prefix, e.g. `AIDA…`.
pub(super) fn unique_id(rng: &mut StdRng, prefix: &str) -> String {
    format!("{prefix}{}", text(rng, ALPHABET, 17))
}

/// An access key ID with this prefix, `AKIA` or `ASIA`. As in AWS, it contains the account ID.
pub(super) fn access_key_id(rng: &mut StdRng, prefix: &str, account_id: &str) -> String {
    let account: u128 = account_id.parse().unwrap_or(0);
    let low: u128 = rng.random::<u64>().into();
    let bits = 1 << (BELOW_ACCOUNT + ACCOUNT_BITS)
        | account << BELOW_ACCOUNT
        | low & ((1 << BELOW_ACCOUNT) - 1);
    let digits = (0..16).rev().filter_map(|n| {
        let digit = usize::try_from(bits >> (5 * n) & 31).ok()?;
        ALPHABET.get(digit).map(|b| char::from(*b))
    });
    prefix.chars().chain(digits).collect()
}

/// The account ID in an access key ID. `None` for IDs of another form.
pub(in crate::sandbox) fn account_of(access_key_id: &str) -> Option<String> {
    let digits = ["AKIA", "ASIA"]
        .into_iter()
        .find_map(|prefix| access_key_id.strip_prefix(prefix))
        .filter(|digits| digits.len() == 16)?;
    let bits = digits.bytes().try_fold(0u128, |bits, byte| {
        let digit = ALPHABET.iter().position(|b| *b == byte)?;
        Some(bits << 5 | u128::try_from(digit).ok()?)
    })?;
    let account = bits >> BELOW_ACCOUNT & ((1 << ACCOUNT_BITS) - 1);
    (bits >> (BELOW_ACCOUNT + ACCOUNT_BITS) == 1 && account < 1_000_000_000_000)
        .then(|| format!("{account:012}"))
}

/// A secret access key of 40 characters.
pub(super) fn secret_access_key(rng: &mut StdRng) -> SecretString {
    text(rng, SECRET_ALPHABET, 40).into()
}

/// A request ID: a version 4 UUID, as in AWS.
pub(super) fn request_id(rng: &mut StdRng) -> String {
    let n: u128 = rng.random();
    let n = (n & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        n >> 96,
        (n >> 80) & 0xffff,
        (n >> 64) & 0xffff,
        (n >> 48) & 0xffff,
        n & 0xffff_ffff_ffff
    )
}

fn text(rng: &mut StdRng, alphabet: &[u8], length: usize) -> String {
    (0..length)
        .filter_map(|_| alphabet.get(rng.random_range(0..alphabet.len())))
        .map(|b| char::from(*b))
        .collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn an_access_key_id_contains_its_account() {
        let mut rng = StdRng::seed_from_u64(1);
        for account in ["111122223333", "000000000001", "999999999999"] {
            let id = access_key_id(&mut rng, "AKIA", account);
            assert_eq!(id.len(), 20);
            assert_eq!(account_of(&id).as_deref(), Some(account), "{id}");
        }
        // Published examples of real access key IDs.
        assert_eq!(
            account_of("ASIAQNZGKIQY56JQ7WML").as_deref(),
            Some("029608264753")
        );
        for id in [
            "",
            "AKIA",
            "AKIAIOSFODNN7EXAMPLE",
            "AIDAQNZGKIQY56JQ7WML",
            "AKIAqnzgkiqy56jq7wml",
        ] {
            assert_eq!(account_of(id), None, "{id}");
        }
    }

    #[test]
    fn request_ids_are_uuids_of_version_4() {
        let id = request_id(&mut StdRng::seed_from_u64(1));
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'4');
        assert!(matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
    }
}
