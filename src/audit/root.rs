//! The report on the root user, whom only control policies bind.

use super::held::Signing;
use super::inputs::{DeviceKind, Row};
use super::outlook::at_each_state;
use super::report::{Credentials, KeyReport, UserReport, Verdict};
use super::setting::Setting;
use super::verdict::{Face, face, of_faces, sentences};
use crate::account::PolicyDocument;
use crate::policy::caller::Caller;
use crate::policy::reach::{Held, Limit};

/// In its own account root needs no identity policy.
const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// Judges root.
pub(super) fn root(setting: &mut Setting<'_>, arn: &str) -> UserReport {
    let row = setting.holdings.root().cloned().unwrap_or_default();
    let summary = setting.inputs.summary.unwrap_or_default();
    let devices = setting.holdings.devices(arn, "<root_account>");
    let listed = devices.iter().any(|d| d.kind != DeviceKind::Sms);
    let has_device = if listed {
        Some(true)
    } else {
        row.mfa.or(summary.root_mfa)
    };
    let any_key = match (row.keys[0].active, row.keys[1].active) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => summary.root_keys,
    };
    let password = row.password.or(summary.root_password);
    let mut report = UserReport {
        name: "root".to_owned(),
        arn: arn.to_owned(),
        verdict: Verdict::Unknown,
        reasons: Vec::new(),
        credentials: credentials(&row, password),
        devices,
        has_device,
        ways: Vec::new(),
        exemption: None,
    };
    if has_device.is_none() {
        (report.reasons).push("it is not known whether root has an MFA device".to_owned());
    }
    if any_key.is_none() {
        (report.reasons).push("it is not known whether root has access keys".to_owned());
    }
    if !report.reasons.is_empty() {
        (report.reasons).push(
            "the credential report or the account summary says it (`--credential-report`, `--account-summary`)"
                .to_owned(),
        );
        return report;
    }
    let mut signings = Vec::new();
    if any_key == Some(true) {
        signings.extend([Signing::Key, Signing::Session]);
    }
    let is_certified = row.certificates.contains(&Some(true)) || row.more;
    if is_certified || summary.root_certificates == Some(true) {
        signings.push(Signing::Service);
        report
            .reasons
            .push("root has certificates or further credentials".to_owned());
    }
    // With a device AWS asks for it whenever root signs in.
    if has_device == Some(false) && password != Some(false) {
        signings.push(Signing::Password);
    }
    let faces = faces(setting, arn, &signings);
    let all: Vec<&Face> = faces.iter().collect();
    report.verdict = match of_faces(&all, has_device) {
        Verdict::NoCredentials if has_device == Some(true) && password != Some(false) => {
            (report.reasons).push(
                "root has no access keys, and AWS asks for the MFA device whenever root signs in"
                    .to_owned(),
            );
            Verdict::Enforced
        }
        verdict => verdict,
    };
    if any_key == Some(true) {
        report.reasons.push("root has access keys".to_owned());
    }
    if has_device == Some(false) {
        report.reasons.push("root has no MFA device".to_owned());
    }
    (report.reasons).extend(sentences(&setting.land.field, &all));
    report
}

fn credentials(row: &Row, password: Option<bool>) -> Credentials {
    let keys = row.keys.iter().enumerate();
    Credentials {
        password,
        password_last_used: row.password_last_used,
        keys: keys
            .filter(|(_, key)| key.active == Some(true))
            .map(|(n, key)| KeyReport {
                number: n + 1,
                active: key.active,
                created: key.rotated,
                last_used: key.last_used,
                last_service: key.last_service.clone(),
            })
            .collect(),
        certificates: (row.certificates.iter())
            .try_fold(0, |n, active| Some(n + usize::from((*active)?))),
        more: row.more,
        ..Credentials::default()
    }
}

fn faces(setting: &mut Setting<'_>, arn: &str, signings: &[Signing]) -> Vec<Face> {
    let Ok(caller) = Caller::from_arn(arn) else {
        return Vec::new();
    };
    let mut bindings = setting.land.of_root();
    let field = &setting.land.field;
    let everything = PolicyDocument::read(EVERYTHING).ok();
    let prepared = everything.and_then(|d| field.prepare(d.policy().document()).ok());
    if let Some(prepared) = prepared {
        bindings.bound.policies.push(Held {
            limit: Limit::Identity,
            place: "root".into(),
            prepared: prepared.into(),
        });
    }
    let requesters = at_each_state(&caller, &[]);
    let standing = setting.outlooks.of(field, &bindings.bound, requesters);
    (signings.iter())
        .map(|signing| {
            face(
                &setting.land,
                &bindings.bound,
                &standing,
                *signing,
                &setting.expected,
            )
        })
        .collect()
}
