//! `/proc/PROCESS/status` of Linux, for what no safe system call returns.

/// The text of `/proc/PROCESS/status`.
pub(super) fn status_of(process: &str) -> Option<String> {
    // The name of a program need not be UTF-8.
    let status = std::fs::read(format!("/proc/{process}/status")).ok()?;
    Some(String::from_utf8_lossy(&status).into_owned())
}

/// The value of a field, which begins with `name`.
pub(super) fn field<'s>(status: &'s str, name: &str) -> Option<&'s str> {
    // The first line contains the program's name, in which line feeds are escaped.
    status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_after_an_unusual_program_name() {
        let status = "Name:\ta b)\\nPPid: 7\nPPid:\t42\nSigIgn:\t0000000000001000\n";
        assert_eq!(field(status, "PPid:"), Some("42"));
        assert_eq!(field(status, "SigIgn:"), Some("0000000000001000"));
        assert_eq!(field(status, "Uid:"), None);
    }
}
