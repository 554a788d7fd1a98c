//! `pnrp demo`: some nodes on loopback sockets, one name, and how another node finds it.

use std::time::Duration;

use futures_util::future::{join_all, try_join_all};
use pnrp_api::{
    CloudInfo, Config, EndpointSpec, Error, Found, Pnrp, Registration, RegistrationHandle,
    ResolveCriteria, ResolveEvent, ResolveRequest, ScopeFilter,
};
use tokio::time::Instant;

use crate::{args::Demo, failure::Failure, output::Output};

mod report;

use report::Report;

pub(crate) async fn run(args: &Demo, output: Output) -> Result<(), Failure> {
    let mut report = Report::new(output);

    let (nodes, registrations) = start(args.nodes).await?;
    report.clouds(&try_join_all(nodes.iter().map(cloud)).await?)?;

    let (publisher, resolver) = ends(&nodes)?;
    let endpoint: EndpointSpec = ENDPOINT.parse()?;
    let registration = Registration::new(NAME)
        .endpoint(endpoint)
        .comment("published by the demo");
    let published = publisher.register(registration).await?;
    report.registration(&published, args.nodes)?;

    let outcome = find(resolver, &mut report).await?;
    let verified = report.verification(&published, &outcome)?;

    published.unregister().await?;
    let is_gone = is_gone(resolver).await?;
    report.unregistered(is_gone)?;

    join_all(
        registrations
            .into_iter()
            .map(RegistrationHandle::unregister),
    )
    .await;
    join_all(nodes.iter().map(Pnrp::close)).await;
    report.finish(verified && is_gone)?;
    match verified && is_gone {
        true => Ok(()),
        false => Err(Failure::Other(
            "the demonstration did not go as it should; please report its output".to_owned(),
        )),
    }
}

/// Nodes of this process, each with a socket of its own. One after the other joins the cloud
/// through the one before it, and registers a name, so that there are nodes to ask on the way.
async fn start(count: u16) -> Result<(Vec<Pnrp>, Vec<RegistrationHandle>), Failure> {
    let (mut nodes, mut registrations) = (Vec::new(), Vec::new());
    let mut config = Config::loopback(0);
    for number in 1..=count {
        let node = Pnrp::embedded(config).await?;
        if number > 1 {
            wait_until_joined(&node).await?;
        }
        let name = format!("0.demo-node-{number}");
        let registration = Registration::new(name).endpoint(ENDPOINT.parse()?);
        registrations.push(node.register(registration).await?);
        let listening = cloud(&node).await?.listening().into_iter();
        config = listening.fold(Config::loopback(0), Config::peer);
        nodes.push(node);
    }
    Ok((nodes, registrations))
}

/// Returns once a node knows another, or when the time is up.
async fn wait_until_joined(node: &Pnrp) -> Result<(), Failure> {
    let deadline = Instant::now() + PATIENCE;
    while cloud(node).await?.cached == 0 && Instant::now() <= deadline {
        tokio::time::sleep(POLL_PERIOD).await;
    }
    Ok(())
}

/// The one cloud of a node on loopback.
async fn cloud(node: &Pnrp) -> Result<CloudInfo, Error> {
    let clouds = node.clouds(ScopeFilter::Any).await?;
    let none = || Error::NoClouds {
        reason: "there is no loopback interface".to_owned(),
    };
    clouds.into_iter().next().ok_or_else(none)
}

/// The two nodes that are furthest from each other in the chain.
fn ends(nodes: &[Pnrp]) -> Result<(&Pnrp, &Pnrp), Failure> {
    match nodes {
        [first, .., last] => Ok((first, last)),
        _ => Err(Failure::Other(
            "a demonstration needs two nodes; give more --nodes".to_owned(),
        )),
    }
}

/// What a resolve came to.
struct Outcome {
    found: Option<Found>,
    attempts: u32,
    elapsed: Duration,
}

/// Resolves until the name is found: it takes a moment until the neighbours of a new name are told.
async fn find(node: &Pnrp, report: &mut Report) -> Result<Outcome, Failure> {
    let deadline = Instant::now() + PATIENCE;
    let mut attempts = 0;
    loop {
        attempts += 1;
        report.resolve_started(attempts)?;
        let started = Instant::now();
        let mut events = node.resolve(request()).await?;
        let mut found = None;
        while let Some(event) = events.next().await {
            match event {
                ResolveEvent::Hop(hop) => report.hop(hop)?,
                ResolveEvent::Found(publisher) => found = Some(*publisher),
                ResolveEvent::Ended { .. } => {}
            }
        }
        let elapsed = started.elapsed();
        if found.is_some() || Instant::now() > deadline {
            return Ok(Outcome {
                found,
                attempts,
                elapsed,
            });
        }
        tokio::time::sleep(RETRY_AFTER).await;
    }
}

/// Whether the name cannot be found any more.
async fn is_gone(node: &Pnrp) -> Result<bool, Failure> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() <= deadline {
        match node.resolve_first(request()).await {
            Ok(_) => tokio::time::sleep(RETRY_AFTER).await,
            Err(Error::NotFound { .. } | Error::TimedOut { .. }) => return Ok(true),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(false)
}

fn request() -> ResolveRequest {
    ResolveRequest::new(NAME)
        .criteria(ResolveCriteria::RemotePeerName)
        .timeout(PATIENCE)
}

const NAME: &str = "0.demo";
const ENDPOINT: &str = "[::1]:8080/tcp";
const PATIENCE: Duration = Duration::from_secs(20);
const POLL_PERIOD: Duration = Duration::from_millis(5);
const RETRY_AFTER: Duration = Duration::from_secs(1);
