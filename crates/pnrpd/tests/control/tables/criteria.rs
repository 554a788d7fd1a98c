//! `PNRP_RESOLVE_CRITERIA`: who may answer, and who is nearest.

use std::time::Duration;

use futures_util::future::join_all;
use pnrp_api::{Found, Registration, RegistrationHandle, ResolveCriteria, ResolveRequest};

use super::{Stage, web};
use crate::daemon::eventually;

const NAME: &str = "0.criteria";

/// Number, criterion, and everybody who may answer.
const WHO: [(u32, ResolveCriteria, &[&str]); 7] = [
    (0, ResolveCriteria::Default, &["far", "near", "other"]),
    (1, ResolveCriteria::RemotePeerName, &["far", "near"]),
    (2, ResolveCriteria::NearestRemotePeerName, &["far", "near"]),
    (
        3,
        ResolveCriteria::NonCurrentProcessPeerName,
        &["far", "near", "other"],
    ),
    (
        4,
        ResolveCriteria::NearestNonCurrentProcessPeerName,
        &["far", "near", "other"],
    ),
    (
        5,
        ResolveCriteria::AnyPeerName,
        &["far", "near", "other", "own"],
    ),
    (
        6,
        ResolveCriteria::NearestPeerName,
        &["far", "near", "other", "own"],
    ),
];

/// Number, criterion, the hint, and who is nearest to it of those who may answer.
const NEAREST: [(u32, ResolveCriteria, u16, &str); 9] = [
    (2, ResolveCriteria::NearestRemotePeerName, 0x100, "near"),
    (2, ResolveCriteria::NearestRemotePeerName, 0x300, "near"),
    (2, ResolveCriteria::NearestRemotePeerName, 0x400, "far"),
    (
        4,
        ResolveCriteria::NearestNonCurrentProcessPeerName,
        0x100,
        "other",
    ),
    (
        4,
        ResolveCriteria::NearestNonCurrentProcessPeerName,
        0x300,
        "near",
    ),
    (
        4,
        ResolveCriteria::NearestNonCurrentProcessPeerName,
        0x400,
        "far",
    ),
    (6, ResolveCriteria::NearestPeerName, 0x100, "own"),
    (6, ResolveCriteria::NearestPeerName, 0x200, "other"),
    (6, ResolveCriteria::NearestPeerName, 0x400, "far"),
];

#[tokio::test]
async fn every_criterion_admits_whom_windows_admits() {
    for stage in Stage::both().await {
        let _published = publish(&stage).await;
        for (number, criteria, expected) in WHO {
            assert_eq!(ResolveCriteria::ALL[number as usize], criteria);
            let row = format!("{} {number} {criteria}", stage.title);
            // The nodes have to hear of each other first.
            let found = eventually(|| async {
                let found = stage.caller.resolve_all(request(criteria)).await;
                let found = comments(&found.unwrap_or_default());
                (found.len() >= expected.len()).then_some(found)
            });
            assert_eq!(found.await, expected, "{row}");
        }
    }
}

#[tokio::test]
async fn the_nearest_is_the_one_whose_place_is_nearest_to_the_hint() {
    for stage in Stage::both().await {
        let _published = publish(&stage).await;
        eventually(|| async {
            let all = request(ResolveCriteria::AnyPeerName);
            let found = stage.caller.resolve_all(all).await.ok()?;
            (found.len() == 4).then_some(())
        })
        .await;
        for (number, criteria, place, expected) in NEAREST {
            let row = format!("{} {number} {criteria} {place:x}", stage.title);
            let request = request(criteria).hint(hint(place));
            let found = stage.caller.resolve_first(request).await.unwrap();
            assert_eq!(found.comment.as_deref(), Some(expected), "{row}");
        }
    }
}

#[tokio::test]
async fn a_name_that_nobody_else_publishes_is_not_found_but_by_criteria_that_admit_the_caller() {
    for stage in Stage::both().await {
        let _own = stage.caller.register(at(0x100, "own")).await.unwrap();
        let search = |criteria| stage.caller.resolve_first(request(criteria));
        // All at once, for a search that finds nobody takes seconds.
        let searches = join_all(ResolveCriteria::ALL.map(search)).await;
        for (criteria, found) in ResolveCriteria::ALL.into_iter().zip(searches) {
            let row = format!("{} {criteria}", stage.title);
            let admits = matches!(
                criteria,
                ResolveCriteria::AnyPeerName | ResolveCriteria::NearestPeerName
            );
            match (found, admits) {
                (Ok(found), true) => assert_eq!(found.comment.as_deref(), Some("own"), "{row}"),
                (Err(error), false) => assert_eq!(error.hresult(), 0x8063_4003, "{row} {error}"),
                (found, _) => panic!("{row}: {found:?}"),
            }
        }
    }
}

/// One of the calling process, one of another, and two elsewhere, each at its own place.
async fn publish(stage: &Stage) -> Vec<RegistrationHandle> {
    let remote = |pid| stage.remote.for_process(pid);
    vec![
        stage.caller.register(at(0x100, "own")).await.unwrap(),
        stage
            .other_process()
            .register(at(0x200, "other"))
            .await
            .unwrap(),
        remote(1).register(at(0x300, "near")).await.unwrap(),
        remote(2).register(at(0x400, "far")).await.unwrap(),
    ]
}

fn at(place: u16, comment: &str) -> Registration {
    web(NAME).hint(hint(place)).comment(comment)
}

fn hint(place: u16) -> std::net::Ipv6Addr {
    std::net::Ipv6Addr::new(0x2001, 0xdb8, place, 0, 0, 0, 0, 1)
}

fn request(criteria: ResolveCriteria) -> ResolveRequest {
    ResolveRequest::new(NAME)
        .criteria(criteria)
        .timeout(Duration::from_secs(10))
}

fn comments(found: &[Found]) -> Vec<String> {
    let mut comments: Vec<_> = found.iter().filter_map(|it| it.comment.clone()).collect();
    comments.sort();
    comments
}
