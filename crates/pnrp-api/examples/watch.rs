//! Follows a name while its publisher comes, changes and goes.

#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "an example shows what it finds"
)]

use pnrp_api::{Config, NameEventKind, Pnrp, Registration, ResolveRequest, ScopeFilter};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let publisher = Pnrp::embedded(Config::loopback(0)).await?;
    let clouds = publisher.clouds(ScopeFilter::Any).await?;
    let peers = clouds.iter().flat_map(|cloud| cloud.listening());
    let resolver = Pnrp::embedded(peers.fold(Config::loopback(0), Config::peer)).await?;

    let at = |endpoint: &str| {
        Ok::<_, pnrp_api::Error>(Registration::new("0.web").endpoint(endpoint.parse()?))
    };
    let mut published = Some(publisher.register(at("[::1]:8080")?).await?);
    let mut watch = resolver.watch_name(ResolveRequest::new("0.web")).await?;
    while let Some(event) = watch.next().await {
        println!("{} {}", event.kind, event.found.endpoints[0]);
        match (event.kind, &mut published) {
            (NameEventKind::Added, Some(handle)) => handle.update(at("[::1]:9090")?).await?,
            (NameEventKind::Changed, _) => {
                if let Some(handle) = published.take() {
                    handle.unregister().await?;
                }
            }
            // Dropping the watch ends it.
            (NameEventKind::Gone, _) | (NameEventKind::Added, None) => break,
        }
    }
    Ok(())
}
