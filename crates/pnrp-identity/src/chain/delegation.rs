//! Which classifiers a list lets somebody hand on. MS-PNRP §2.2.3.5.1.5, §2.2.3.5.1.5.1.

use pnrp_wire::Classifier;

/// Whether a classifier may be used under a delegator's list. MS-PNRP §2.2.3.5.1.5.1.
///
/// `extends`: the role is content with the beginning of a classifier.
pub(super) fn is_delegated(
    delegator: &[Classifier],
    extends: bool,
    classifier: &Classifier,
) -> bool {
    delegator.is_empty()
        || delegator.iter().any(|allowed| match extends {
            true => classifier.units().starts_with(allowed.units()),
            false => classifier == allowed,
        })
}

/// Checks a whole list against the list of its delegator. MS-PNRP §2.2.3.5.1.5.
///
/// An empty list means every classifier: it may follow an empty one, or, for a role that extends
/// to prefixes, one with the empty classifier in it, which every classifier begins with.
///
/// # Errors
/// The first classifier that is not delegated; `None` for the empty list.
pub(super) fn check_list(
    delegator: &[Classifier],
    extends: bool,
    list: &[Classifier],
) -> Result<(), Option<Classifier>> {
    if list.is_empty() {
        let covers_all =
            delegator.is_empty() || extends && delegator.iter().any(Classifier::is_empty);
        return if covers_all { Ok(()) } else { Err(None) };
    }
    let foreign = list
        .iter()
        .find(|classifier| !is_delegated(delegator, extends, classifier));
    foreign.map_or(Ok(()), |classifier| Err(Some(classifier.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(texts: &[&str]) -> Vec<Classifier> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    /// R-2.2.3.5.1.5.1-01, R-2.2.3.5.1.5.1-02, R-2.2.3.5.1.5.1-03, R-2.2.3.5.1.5-03,
    /// R-2.2.3.5.1.5-04: the table of MS-PNRP §2.2.3.5.1.5.1, row by row.
    ///
    /// Its fourth row lists "cheese" as valid and as invalid; the rules make it valid.
    #[test]
    fn the_table_of_the_specification() {
        let empty: &[&str] = &[];
        let any: [&[&str]; 4] = [empty, &[""], &["fish"], &["anything at all"]];
        type List<'a> = &'a [&'a str];
        let rows: [(List<'_>, bool, &[List<'_>], &[List<'_>]); 6] = [
            (&[], true, &any, &[]),
            (&[], false, &any, &[]),
            (&["", "fish"], true, &any, &[]),
            (
                &["", "fish"],
                false,
                &[&[""], &["fish"]],
                &[empty, &["fish food"]],
            ),
            (
                &["fish", "cheese"],
                true,
                &[&["fish"], &["fish food"], &["cheese"], &["cheese-like"]],
                &[empty, &["chees"], &["ham"]],
            ),
            (
                &["fish", "cheese"],
                false,
                &[&["fish"], &["cheese"]],
                &[empty, &["fish food"], &["cheese-like"]],
            ),
        ];
        for (delegator, extends, valid, invalid) in rows {
            let check = |tried: &[&str]| check_list(&list(delegator), extends, &list(tried));
            for tried in valid {
                assert_eq!(check(tried), Ok(()), "{delegator:?} {extends} {tried:?}");
            }
            for tried in invalid {
                assert!(check(tried).is_err(), "{delegator:?} {extends} {tried:?}");
            }
        }
    }

    /// R-2.2.3.5.1.5-05: one foreign classifier spoils a list.
    #[test]
    fn every_classifier_of_a_list_has_to_be_delegated() {
        let refused = check_list(&list(&["fish"]), true, &list(&["fish food", "ham"]));

        assert_eq!(refused, Err(Some("ham".parse().unwrap())));
    }

    #[test]
    fn case_counts() {
        assert!(!is_delegated(
            &list(&["Fish"]),
            true,
            &"fish".parse().unwrap()
        ));
    }
}
