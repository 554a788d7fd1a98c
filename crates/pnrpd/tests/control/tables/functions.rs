//! The functions of `p2p.dll` that PNRP has, with what they take and what they say.

use std::path::Path;

use futures_util::future::{BoxFuture, join_all};
use pnrp_api::{Error, Pnrp, ScopeFilter, from_host_name, to_host_name};

use super::{Stage, web};
use crate::daemon::eventually;

pub(super) type Call = for<'a> fn(&'a Stage) -> BoxFuture<'a, Result<String, Error>>;
/// Function, what is given to it, the call, and what it says: a text or a code.
pub(super) type Row = (&'static str, &'static str, Call, Result<&'static str, u32>);

const LIFE: [Row; 6] = [
    (
        "PeerPnrpStartup",
        "a daemon that is not there",
        |_| {
            Box::pin(async {
                let nowhere = Path::new("/nonexistent/pnrpd.sock");
                Pnrp::connect(Some(nowhere)).await.map(|_| String::new())
            })
        },
        Err(0x8063_20A1),
    ),
    (
        "PeerPnrpShutdown",
        "a handle that is dropped",
        |s| {
            Box::pin(async {
                drop(s.caller.register(web("0.dropped")).await?);
                eventually(|| async { is_absent(&s.caller, "0.dropped").await.then_some(()) })
                    .await;
                said("withdrawn")
            })
        },
        Ok("withdrawn"),
    ),
    (
        "PeerPnrpGetCloudInfo",
        "every scope",
        |s| {
            Box::pin(async {
                let clouds = s.caller.clouds(ScopeFilter::Any).await?;
                said(format!("{} {}", clouds.len(), clouds[0].scope))
            })
        },
        Ok("1 link-local"),
    ),
    (
        "PeerPnrpGetCloudInfo",
        "a scope without a cloud",
        |s| Box::pin(async { said(s.caller.clouds(ScopeFilter::Global).await?.len()) }),
        Ok("0"),
    ),
    (
        "PeerNameToPeerHostName",
        "a name and none",
        |_| {
            Box::pin(async {
                assert_eq!(to_host_name("0.pnrpsampletest")?, "pnrpsampletest.pnrp.net");
                to_host_name("pnrpsampletest")
            })
        },
        Err(0x8063_2050),
    ),
    (
        "PeerHostNameToPeerName",
        "a host name and none",
        |_| {
            Box::pin(async {
                assert_eq!(from_host_name("johndoe.pnrp.net")?.likely, "0.johndoe");
                from_host_name("johndoe.example").map(|reading| reading.likely)
            })
        },
        Err(0x8063_4002),
    ),
];

#[tokio::test]
async fn starting_and_stopping_and_what_needs_no_cloud() {
    check(&LIFE).await;
}

/// All at once, for a search that finds nobody takes seconds.
pub(super) async fn check(rows: &[Row]) {
    for stage in Stage::both().await {
        let results = join_all(rows.iter().map(|(_, _, call, _)| call(&stage))).await;
        for ((function, given, _, expected), result) in rows.iter().zip(results) {
            let result = result.as_deref().map_err(Error::hresult);
            assert_eq!(result, *expected, "{}: {function}, {given}", stage.title);
        }
    }
}

pub(super) async fn is_absent(pnrp: &Pnrp, name: &str) -> bool {
    let names = pnrp.names().await.unwrap();
    names.iter().all(|other| other.name != name)
}

pub(super) fn said(text: impl ToString) -> Result<String, Error> {
    Ok(text.to_string())
}
