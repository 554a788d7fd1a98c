//! Registering, updating and unregistering.

use futures_util::future::BoxFuture;
use pnrp_api::{CloudSelector, Error, Payload, Pnrp, Registration, RegistrationId};

use super::{
    Stage,
    functions::{Row, check, is_absent, said},
    own, web,
};

const INVALID: u32 = 0x8007_0057;
const INVALID_ADDRESS: u32 = 0x8063_7007;
const DENIED: u32 = 0x8007_0005;

const REGISTER: [Row; 18] = [
    (
        "PeerPnrpRegister",
        "an explicit address",
        |s| register(s, web("0.r1")),
        Ok("[::1]:8080/tcp"),
    ),
    (
        "PeerPnrpRegister",
        "the node's own addresses",
        |s| register(s, own("0.r2")),
        Ok("[::1]:8080/tcp"),
    ),
    (
        "PeerPnrpRegister",
        "no address and a payload",
        |s| register(s, Registration::new("0.r3").payload(bytes(1))),
        Ok(""),
    ),
    (
        "PeerPnrpRegister",
        "neither",
        |s| register(s, Registration::new("0.r4")),
        Err(INVALID_ADDRESS),
    ),
    (
        "PeerPnrpRegister",
        "no name",
        |s| register(s, web("")),
        Err(0x8063_2050),
    ),
    (
        "PeerPnrpRegister",
        "a classifier of 149",
        |s| register(s, web(&long(149))),
        Ok("[::1]:8080/tcp"),
    ),
    (
        "PeerPnrpRegister",
        "a classifier of 150",
        |s| register(s, web(&long(150))),
        Err(0x8063_0201),
    ),
    (
        "PeerPnrpRegister",
        "a classifier with NUL",
        |s| register(s, web("0.a\0b")),
        Err(0x8063_2060),
    ),
    (
        "PeerPnrpRegister",
        "a comment of 39",
        |s| register(s, web("0.r5").comment("c".repeat(39))),
        Ok("[::1]:8080/tcp"),
    ),
    (
        "PeerPnrpRegister",
        "a comment of 40",
        |s| register(s, web("0.r6").comment("c".repeat(40))),
        Err(0x8063_2070),
    ),
    (
        "PeerPnrpRegister",
        "a payload of 4096",
        |s| register(s, web("0.r7").payload(bytes(4_096))),
        Ok("[::1]:8080/tcp"),
    ),
    (
        "PeerPnrpRegister",
        "a payload of 4097",
        |s| register(s, web("0.r8").payload(bytes(4_097))),
        Err(INVALID),
    ),
    (
        "PeerPnrpRegister",
        "ten addresses",
        |s| {
            Box::pin(async {
                let handle = s.caller.register(times(10, "0.r9")).await?;
                said(handle.entries()[0].endpoints.len())
            })
        },
        Ok("10"),
    ),
    (
        "PeerPnrpRegister",
        "eleven addresses",
        |s| register(s, times(11, "0.r10")),
        Err(INVALID_ADDRESS),
    ),
    (
        "PeerPnrpRegister",
        "a cloud that is not there",
        |s| {
            register(
                s,
                web("0.r11").cloud(CloudSelector::Named("Global_".to_owned())),
            )
        },
        Err(0x8007_2CED),
    ),
    (
        "PeerPnrpRegister",
        "an identity that is not there",
        |s| register(s, web("0.r12").identity("nobody")),
        Err(0x8063_0401),
    ),
    (
        "PeerPnrpRegister",
        "the name of another's key",
        |s| register(s, web(&format!("{}.web", "ab".repeat(20)))),
        Err(0x8007_2CEF),
    ),
    (
        "PeerPnrpRegister",
        "a name of this process again",
        |s| {
            Box::pin(async {
                let _other = s.other_process().register(web("0.r13")).await?;
                let _first = s.caller.register(web("0.r13")).await?;
                s.caller.register(web("0.r13")).await.map(|_| String::new())
            })
        },
        Err(0x8063_4005),
    ),
];

const UPDATE: [Row; 9] = [
    (
        "PeerPnrpUpdateRegistration",
        "other data",
        |s| {
            update(
                s,
                web("0.u1").comment("before"),
                at("0.u1", "[::1]:9090/udp"),
            )
        },
        Ok("[::1]:9090/udp"),
    ),
    (
        "PeerPnrpUpdateRegistration",
        "more explicit addresses",
        |s| update(s, web("0.u2"), times(2, "0.u2")),
        Ok("[::1]:1/tcp [::1]:2/tcp"),
    ),
    (
        "PeerPnrpUpdateRegistration",
        "another cloud",
        |s| {
            update(
                s,
                web("0.u3"),
                web("0.u3").cloud(CloudSelector::AllLinkLocal),
            )
        },
        Err(INVALID),
    ),
    (
        "PeerPnrpUpdateRegistration",
        "own instead of explicit addresses",
        |s| update(s, web("0.u4"), own("0.u4")),
        Err(INVALID),
    ),
    (
        "PeerPnrpUpdateRegistration",
        "explicit instead of own addresses",
        |s| update(s, own("0.u5"), web("0.u5")),
        Err(INVALID),
    ),
    (
        "PeerPnrpUpdateRegistration",
        "another name",
        |s| update(s, web("0.u6"), web("0.u7")),
        Err(INVALID),
    ),
    (
        "PeerPnrpUpdateRegistration",
        "a payload of 4097",
        |s| update(s, web("0.u8"), web("0.u8").payload(bytes(4_097))),
        Err(INVALID),
    ),
    (
        "PeerPnrpUpdateRegistration",
        "a handle that is none",
        |s| {
            Box::pin(async {
                let updated = s.caller.update(unknown(), web("0.u9")).await;
                updated.map(|_| String::new())
            })
        },
        Err(INVALID),
    ),
    (
        "PeerPnrpUpdateRegistration",
        "another process's handle",
        |s| {
            Box::pin(async {
                let other = s.other_process().register(web("0.u10")).await?;
                let updated = s.caller.update(other.id(), web("0.u10")).await;
                updated.map(|_| String::new())
            })
        },
        Err(DENIED),
    ),
];

const UNREGISTER: [Row; 4] = [
    (
        "PeerPnrpUnregister",
        "a handle",
        |s| {
            Box::pin(async {
                s.caller.register(web("0.d1")).await?.unregister().await?;
                said(is_absent(&s.caller, "0.d1").await)
            })
        },
        Ok("true"),
    ),
    (
        "PeerPnrpUnregister",
        "a handle that is none",
        |s| Box::pin(async { s.caller.unregister(unknown()).await.map(|()| String::new()) }),
        Err(INVALID),
    ),
    (
        "PeerPnrpUnregister",
        "a handle twice",
        |s| {
            Box::pin(async {
                let handle = s.caller.register(web("0.d2")).await?;
                s.caller.unregister(handle.id()).await?;
                s.caller
                    .unregister(handle.id())
                    .await
                    .map(|()| String::new())
            })
        },
        Err(INVALID),
    ),
    (
        "PeerPnrpUnregister",
        "another process's handle",
        |s| {
            Box::pin(async {
                let other = s.other_process().register(web("0.d3")).await?;
                s.caller
                    .unregister(other.id())
                    .await
                    .map(|()| String::new())
            })
        },
        Err(DENIED),
    ),
];

#[tokio::test]
async fn registering() {
    check(&REGISTER).await;
}

#[tokio::test]
async fn updating() {
    check(&UPDATE).await;
}

#[tokio::test]
async fn unregistering() {
    check(&UNREGISTER).await;
}

fn register(stage: &Stage, registration: Registration) -> BoxFuture<'_, Result<String, Error>> {
    Box::pin(async move {
        let handle = stage.caller.register(registration).await?;
        let told = endpoints(&stage.caller, handle.id()).await?;
        handle.unregister().await?;
        Ok(told)
    })
}

fn update(
    stage: &Stage,
    first: Registration,
    second: Registration,
) -> BoxFuture<'_, Result<String, Error>> {
    Box::pin(async move {
        let mut handle = stage.caller.register(first).await?;
        let before = endpoints(&stage.caller, handle.id()).await?;
        let updated = handle.update(second).await;
        let after = endpoints(&stage.caller, handle.id()).await?;
        assert!(
            updated.is_ok() || before == after,
            "{before} became {after}"
        );
        updated.map(|()| after)
    })
}

/// What the node says it publishes.
async fn endpoints(pnrp: &Pnrp, id: RegistrationId) -> Result<String, Error> {
    let names = pnrp.names().await?;
    let name = names.iter().find(|name| name.id == id).unwrap();
    let endpoints: Vec<_> = name.endpoints.iter().map(ToString::to_string).collect();
    Ok(endpoints.join(" "))
}

fn at(name: &str, endpoint: &str) -> Registration {
    Registration::new(name).endpoint(endpoint.parse().unwrap())
}

fn times(count: u16, name: &str) -> Registration {
    let endpoint = |port: u16| format!("[::1]:{port}").parse().unwrap();
    (1..=count).fold(Registration::new(name), |all, port| {
        all.endpoint(endpoint(port))
    })
}

fn bytes(count: usize) -> Payload {
    Payload::Binary(vec![b'x'; count])
}

fn long(units: usize) -> String {
    format!("0.{}", "c".repeat(units))
}

fn unknown() -> RegistrationId {
    "00000000000000ab".parse().unwrap()
}
