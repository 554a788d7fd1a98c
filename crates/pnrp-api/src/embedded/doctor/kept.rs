//! Whether every persistent registration is there, and published.

use super::facts::KeptFacts;
use crate::Finding;

pub(super) fn check(kept: &KeptFacts) -> Vec<Finding> {
    let damaged = kept.damaged.iter().map(|path| {
        Finding::problem(
            "registrations",
            format!(
                "the file of a persistent registration was damaged: {}",
                path.display()
            ),
            "register the name again, which its text may still show, and remove the file",
        )
    });
    let unusable = kept.unusable.iter().map(|(id, name, reason)| {
        Finding::problem(
            "registrations",
            format!("{name} is kept and cannot be registered: {reason}"),
            format!("mend that and start anew, or give it up: pnrp unregister {id}"),
        )
    });
    damaged.chain(unusable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RegistrationId;

    #[test]
    fn what_is_damaged_or_cannot_be_made_is_told_with_a_way_out() {
        let kept = KeptFacts {
            damaged: vec!["/s/registrations/1.damaged-1".into()],
            unusable: vec![(RegistrationId(7), "0.web".to_owned(), "no key".to_owned())],
        };

        let findings = check(&kept);

        assert!(findings[0].found.ends_with("/s/registrations/1.damaged-1"));
        assert_eq!(
            findings[1].found,
            "0.web is kept and cannot be registered: no key"
        );
        let next = findings[1].next.as_deref().unwrap();
        assert!(next.ends_with("pnrp unregister 0000000000000007"), "{next}");
        assert_eq!(check(&KeptFacts::default()), []);
    }
}
