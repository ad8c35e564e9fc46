//! PURE: the `mfa_process` for a program that keeps the secret of the device (`--mfa-process`).

use crate::aws::types::SerialNumber;
use crate::quote::shell_quote;

/// The command line for `ykman`, `op` or `pass`; any other text is a command line itself.
///
/// The console and `device enroll` name an account of an authenticator `NAME@ACCOUNT`, which ykman finds.
#[must_use]
pub(super) fn code_command(typed: &str, device: Option<&SerialNumber>) -> String {
    match typed {
        "ykman" => {
            let account = device.and_then(account_name);
            let account = account.unwrap_or_else(|| "aws".to_owned());
            format!(
                "ykman oath accounts code --single {}",
                shell_quote(&account)
            )
        }
        "op" => "op item get aws --otp".to_owned(),
        "pass" => "pass otp aws".to_owned(),
        command => command.to_owned(),
    }
}

/// `NAME@ACCOUNT` of a virtual device.
fn account_name(device: &SerialNumber) -> Option<String> {
    let mut parts = device.as_str().splitn(6, ':').skip(4);
    let (account, resource) = (parts.next()?, parts.next()?);
    let name = resource.strip_prefix("mfa/")?.rsplit('/').next()?;
    Some(format!("{name}@{account}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_gets_its_command_line() {
        let device = SerialNumber::new("arn:aws:iam::111122223333:mfa/team/phone").unwrap();
        let of = |typed: &str| code_command(typed, Some(&device));
        assert_eq!(
            of("ykman"),
            "ykman oath accounts code --single phone@111122223333"
        );
        assert_eq!(of("op"), "op item get aws --otp");
        assert_eq!(of("pass"), "pass otp aws");
        assert_eq!(of("my-codes --now"), "my-codes --now");
        let hardware = SerialNumber::new("GAHT12345678").unwrap();
        assert!(code_command("ykman", Some(&hardware)).ends_with("--single aws"));
        assert!(code_command("ykman", None).ends_with("--single aws"));
    }
}
