//! Resolving, at once and step by step.

use std::time::Duration;

use futures_util::future::BoxFuture;
use pnrp_api::{CloudSelector, Error, Payload, ResolveCriteria, ResolveEvent, ResolveRequest};

use super::{
    Stage,
    functions::{Row, check, said},
    web,
};
use crate::daemon::eventually;

const INVALID: u32 = 0x8007_0057;
const NO_MORE: u32 = 0x8063_4003;

const RESOLVE: [Row; 12] = [
    (
        "PeerPnrpResolve",
        "a name of another process",
        |s| {
            Box::pin(async {
                let _other = s
                    .other_process()
                    .register(web("0.s1").comment("c").payload(bytes(3)))
                    .await?;
                let found = s.caller.resolve_first(soon("0.s1")).await?;
                said(format!(
                    "{} {:?} {:?}",
                    found.endpoints[0], found.comment, found.payload
                ))
            })
        },
        Ok(r#"[::1]:8080/tcp Some("c") Some(Binary([120, 120, 120]))"#),
    ),
    (
        "PeerPnrpResolve",
        "fewer than there are",
        |s| {
            Box::pin(async {
                let _one = s.other_process().register(web("0.s2")).await?;
                let _two = s.node.for_process(8).register(web("0.s2")).await?;
                let all = s.caller.resolve_all(soon("0.s2")).await?.len();
                let mut events = s.caller.resolve(soon("0.s2").max(1)).await?;
                let mut found = 0;
                while let Some(event) = events.next().await {
                    found += u32::from(matches!(event, ResolveEvent::Found(_)));
                }
                said(format!("{found} of {all}"))
            })
        },
        Ok("1 of 2"),
    ),
    (
        "PeerPnrpResolve",
        "a name of this process only",
        |s| {
            Box::pin(async {
                let _own = s.caller.register(web("0.s3")).await?;
                s.caller
                    .resolve_first(soon("0.s3"))
                    .await
                    .map(|_| String::new())
            })
        },
        Err(NO_MORE),
    ),
    (
        "PeerPnrpResolve",
        "a name of nobody",
        |s| resolve(s, soon("0.nobody")),
        Err(NO_MORE),
    ),
    (
        "PeerPnrpResolve",
        "what is no name",
        |s| resolve(s, soon("nobody")),
        Err(0x8063_2050),
    ),
    (
        "PeerPnrpResolve",
        "a cloud that is not there",
        |s| {
            resolve(
                s,
                soon("0.x").cloud(CloudSelector::Named("Global_".to_owned())),
            )
        },
        Err(0x8007_2CED),
    ),
    (
        "PeerPnrpResolve",
        "no time",
        |s| resolve(s, soon("0.x").timeout(Duration::ZERO)),
        Err(INVALID),
    ),
    (
        "PeerPnrpResolve",
        "more than ten minutes",
        |s| resolve(s, soon("0.x").timeout(Duration::from_secs(601))),
        Err(INVALID),
    ),
    (
        "PeerPnrpStartResolve",
        "no publisher wanted",
        |s| {
            Box::pin(async {
                s.caller
                    .resolve(soon("0.x").max(0))
                    .await
                    .map(|_| String::new())
            })
        },
        Err(INVALID),
    ),
    (
        "PeerPnrpStartResolve",
        "every link-local cloud",
        |s| {
            Box::pin(async {
                let _other = s.other_process().register(web("0.s4")).await?;
                let links = soon("0.s4").cloud(CloudSelector::AllLinkLocal);
                said(s.caller.resolve_first(links).await?.name)
            })
        },
        Ok("0.s4"),
    ),
    (
        "PeerPnrpGetEndpoint",
        "until there is no more",
        |s| {
            Box::pin(async {
                let _own = s.caller.register(web("0.s5")).await?;
                let any = soon("0.s5").criteria(ResolveCriteria::AnyPeerName).max(5);
                let mut events = s.caller.resolve(any).await?;
                let mut told = Vec::new();
                while let Some(event) = events.next().await {
                    match event {
                        ResolveEvent::Found(_) => told.push("found"),
                        ResolveEvent::Ended { result } => {
                            told.push(result.map_or("failed", |()| "ended"))
                        }
                        ResolveEvent::Hop(_) => {}
                    }
                }
                assert!(events.next().await.is_none());
                said(told.join(" "))
            })
        },
        Ok("found ended"),
    ),
    (
        "PeerPnrpEndResolve",
        "before the end",
        |s| {
            Box::pin(async {
                for _ in 0..300 {
                    // More than go on at once, if one did.
                    let search = soon("0.nobody").timeout(Duration::from_secs(600));
                    drop(
                        eventually(|| async { s.caller.resolve(search.clone()).await.ok() }).await,
                    );
                }
                said("cancelled")
            })
        },
        Ok("cancelled"),
    ),
];

#[tokio::test]
async fn resolving() {
    check(&RESOLVE).await;
}

fn resolve(stage: &Stage, request: ResolveRequest) -> BoxFuture<'_, Result<String, Error>> {
    Box::pin(async move { Ok(stage.caller.resolve_first(request).await?.name) })
}

fn soon(name: &str) -> ResolveRequest {
    ResolveRequest::new(name).timeout(Duration::from_secs(5))
}

fn bytes(count: usize) -> Payload {
    Payload::Binary(vec![b'x'; count])
}
