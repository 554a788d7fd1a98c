//! Reports publishers as they are found, and the nodes that were asked for them.

#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "an example shows what it finds"
)]

use std::time::Duration;

use pnrp_api::{Config, Pnrp, Registration, ResolveEvent, ResolveRequest, ScopeFilter};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let publisher = Pnrp::embedded(Config::loopback(0)).await?;
    // Two processes publish one name, each at an endpoint of its own.
    let at = |endpoint: &str| {
        Ok::<_, pnrp_api::Error>(Registration::new("0.web").endpoint(endpoint.parse()?))
    };
    let _one = publisher.for_process(1).register(at("[::1]:8081")?).await?;
    let _two = publisher.for_process(2).register(at("[::1]:8082")?).await?;

    let clouds = publisher.clouds(ScopeFilter::Any).await?;
    let peers = clouds.iter().flat_map(|cloud| cloud.listening());
    let resolver = Pnrp::embedded(peers.fold(Config::loopback(0), Config::peer)).await?;
    let request = ResolveRequest::new("0.web")
        .max(10)
        .timeout(Duration::from_secs(10));
    let mut events = resolver.resolve(request).await?;
    // Dropping `events` early would cancel the search.
    while let Some(event) = events.next().await {
        match event {
            ResolveEvent::Hop(hop) => println!("asked {}: {:?}", hop.endpoint, hop.verdict),
            ResolveEvent::Found(found) => println!("found {}", found.endpoints[0]),
            ResolveEvent::Ended { result: Ok(()) } => println!("no more"),
            ResolveEvent::Ended { result: Err(error) } => return Err(error.into()),
        }
    }
    Ok(())
}
