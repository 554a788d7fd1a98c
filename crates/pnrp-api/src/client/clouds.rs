//! Looking after the daemon's clouds.

use bytes::Bytes;
use hyper::Method;
use serde::Serialize;

use super::{Client, lines::Lines, parse, percent_encoded, whole};
use crate::{CloudDetails, CloudEvent, CloudWatch, Error, Finding, Host, Pong, SeedInfo};

impl Client {
    pub(crate) async fn missing_clouds(&self) -> Result<Vec<String>, Error> {
        self.get("/v1/clouds/missing").await
    }

    pub(crate) async fn watch_clouds(&self) -> Result<CloudWatch, Error> {
        let response = self
            .send(Method::GET, "/v1/clouds/watch", Bytes::new())
            .await?;
        let lines = Lines::new(response.into_body());
        Ok(CloudWatch::remote(RemoteWatch { lines }))
    }

    pub(crate) async fn cloud(&self, cloud: &str) -> Result<CloudDetails, Error> {
        self.get(&format!("/v1/clouds/{}", percent_encoded(cloud)))
            .await
    }

    pub(crate) async fn seeds(&self, cloud: &str) -> Result<Vec<SeedInfo>, Error> {
        self.get(&format!("/v1/clouds/{}/seeds", percent_encoded(cloud)))
            .await
    }

    /// Does something about a cloud, and says how it is then.
    pub(crate) async fn administer(
        &self,
        cloud: &str,
        action: &str,
        body: &(impl Serialize + Sync),
    ) -> Result<CloudDetails, Error> {
        let path = format!("/v1/clouds/{}/{action}", percent_encoded(cloud));
        let response = self.post(&path, body).await?;
        parse(&whole(response.into_body()).await?)
    }

    pub(crate) async fn doctor(&self) -> Result<Vec<Finding>, Error> {
        self.get("/v1/doctor").await
    }

    pub(crate) async fn ping(&self, host: &Host) -> Result<Pong, Error> {
        let body = serde_json::json!({ "host": host });
        let response = self.post("/v1/ping", &body).await?;
        parse(&whole(response.into_body()).await?)
    }
}

/// What the daemon sees happening to clouds.
#[derive(Debug)]
pub(crate) struct RemoteWatch {
    lines: Lines,
}

impl RemoteWatch {
    /// `None` when the daemon is gone, or says what cannot be understood.
    pub(crate) async fn next(&mut self) -> Option<CloudEvent> {
        let line = self.lines.next().await?;
        line.and_then(|line| parse(&line)).ok()
    }
}
