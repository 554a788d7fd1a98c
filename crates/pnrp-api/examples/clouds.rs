//! Lists the clouds of this host, and says why there are not more.
//!
//! Nothing is sent: a cloud is started when something is registered or resolved in it.

#![expect(clippy::print_stdout, reason = "an example shows what it finds")]

use pnrp_api::{Config, Pnrp, ScopeFilter};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pnrp = Pnrp::embedded(Config::new()).await?;
    for cloud in pnrp.clouds(ScopeFilter::Any).await? {
        println!("{} ({}): {}", cloud.name, cloud.scope, cloud.state);
        if let Some(why) = &cloud.why {
            println!("    {why}");
        }
        for address in &cloud.addresses {
            println!("    {address}");
        }
    }
    for reason in pnrp.missing_clouds().await? {
        println!("{reason}");
    }
    Ok(())
}
