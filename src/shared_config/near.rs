//! PURE: names like a given one, for the hint of an error.

/// At most three names that somebody may have meant.
#[must_use]
pub fn near(name: &str, names: &[&str]) -> Vec<String> {
    let wanted = name.to_lowercase();
    let mut ranked: Vec<_> = names
        .iter()
        .filter_map(|candidate| Some((rank(&wanted, &candidate.to_lowercase())?, *candidate)))
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    let best = ranked.into_iter().take(3);
    best.map(|(_, candidate)| candidate.to_owned()).collect()
}

/// How far a name is from the one wanted; `None` if it is another one. A name of any length must not take for ever.
fn rank(wanted: &str, name: &str) -> Option<usize> {
    if wanted.len().max(name.len()) > 256 {
        return None;
    }
    let distance = distance(wanted, name);
    let related = |short: &str, long: &str| short.len() > 2 && long.contains(short);
    let typing_slip = distance <= 2 && distance < wanted.chars().count();
    if name.starts_with(wanted) || wanted.starts_with(name) {
        Some(distance.min(2))
    } else if typing_slip {
        Some(distance)
    } else {
        (related(wanted, name) || related(name, wanted)).then(|| 2 + distance)
    }
}

/// Characters to insert, delete or replace (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(&b) {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = *cell;
            *cell = replaced.min(left + 1).min(diagonal + 1);
            left = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_counted_in_characters() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("büro", "buro"), 1);
        assert_eq!(distance("same", "same"), 0);
    }
}
