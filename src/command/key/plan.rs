//! PURE: what is left to do for a rotation, from what is saved about it, the key in the file and the keys that AWS lists.

use crate::aws::AccessKey;
use crate::aws::types::AccessKeyId;
use crate::session::rotation::Rotation;

/// A new key was created within so many seconds of the beginning that was noted: a call takes 20 s at most.
const CREATED_WITHIN: i64 = 120;

/// What is left to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// Everything: create a key, prove it, replace the old one, deactivate and delete it.
    Rotate,
    /// The new key is in the file: deactivate and delete the old one.
    Finish { old: AccessKeyId },
    /// A key was created and its secret did not get into the file: delete it, then rotate.
    DropLost { lost: AccessKeyId },
    /// Another key is in the way, and nothing is known about it.
    TwoKeys { other: AccessKey },
}

/// Decides it. `current` is the key in the file.
pub(super) fn next(saved: Option<&Rotation>, current: &AccessKeyId, keys: &[AccessKey]) -> Next {
    let listed = |id: &AccessKeyId| keys.iter().any(|key| key.id == *id);
    if let Some(saved) = saved {
        if saved.new.as_ref() == Some(current) && listed(&saved.old) {
            return Next::Finish {
                old: saved.old.clone(),
            };
        }
        if saved.old == *current
            && let Some(lost) = lost_key(saved, keys)
        {
            return Next::DropLost { lost };
        }
    }
    match keys.iter().find(|key| key.id != *current) {
        Some(other) => Next::TwoKeys {
            other: other.clone(),
        },
        None => Next::Rotate,
    }
}

/// The key that a rotation has created while the old one stayed in the file.
fn lost_key(saved: &Rotation, keys: &[AccessKey]) -> Option<AccessKeyId> {
    let mut others = keys.iter().filter(|key| key.id != saved.old);
    let lost = match &saved.new {
        Some(new) => others.find(|key| key.id == *new),
        None => others.find(|key| {
            let seconds = key.created.unix_timestamp().saturating_sub(saved.began);
            (-CREATED_WITHIN..=CREATED_WITHIN).contains(&seconds)
        }),
    };
    lost.map(|key| key.id.clone())
}

#[cfg(test)]
mod tests {
    use time::UtcDateTime;

    use super::*;
    use crate::aws::KeyStatus;

    const BEGAN: i64 = 1_795_000_000;

    fn id(end: &str) -> AccessKeyId {
        AccessKeyId::new(&format!("AKIAIOSFODNN7EXAMPL{end}")).unwrap()
    }

    fn key(end: &str, created: i64) -> AccessKey {
        AccessKey {
            id: id(end),
            status: KeyStatus::Active,
            created: UtcDateTime::from_unix_timestamp(created).unwrap(),
        }
    }

    fn saved(old: &str, new: Option<&str>) -> Rotation {
        Rotation {
            old: id(old),
            new: new.map(id),
            began: BEGAN,
        }
    }

    #[test]
    fn one_key_is_rotated_whatever_is_saved_about_other_keys() {
        let keys = [key("1", 0)];
        for saved in [
            None,
            Some(saved("1", None)),
            Some(saved("1", Some("2"))),
            Some(saved("0", Some("1"))),
            Some(saved("8", Some("9"))),
        ] {
            assert_eq!(next(saved.as_ref(), &id("1"), &keys), Next::Rotate);
        }
    }

    #[test]
    fn a_rotation_goes_on_from_where_it_was_killed() {
        let keys = [key("1", 0), key("2", BEGAN + 3)];
        let lost = Next::DropLost { lost: id("2") };
        for new in [None, Some("2")] {
            assert_eq!(next(Some(&saved("1", new)), &id("1"), &keys), lost);
        }
        let finish = Next::Finish { old: id("1") };
        let replaced = saved("1", Some("2"));
        assert_eq!(next(Some(&replaced), &id("2"), &keys), finish);
    }

    #[test]
    fn a_key_that_no_rotation_created_is_left_alone() {
        let other = key("3", BEGAN + 200);
        let keys = [key("1", 0), other.clone()];
        for saved in [
            None,
            Some(saved("1", None)),
            Some(saved("1", Some("2"))),
            Some(saved("8", Some("9"))),
        ] {
            let found = next(saved.as_ref(), &id("1"), &keys);
            assert_eq!(
                found,
                Next::TwoKeys {
                    other: other.clone()
                }
            );
        }
    }
}
