//! Making persistent registrations again at the start.

use std::sync::Arc;

use tracing::{info, warn};

use super::{Embedded, book::Entry};
use crate::Error;

impl Embedded {
    /// Takes up what earlier runs have kept. It is published in the clouds that are there, and in
    /// those that appear. What cannot be published is kept all the same.
    pub(super) async fn restore(self: &Arc<Self>) -> Result<(), Error> {
        let persisted = self.persisted.clone();
        let loaded = tokio::task::spawn_blocking(move || persisted.load()).await;
        let kept = loaded.map_err(|_| Error::Closed)??;
        if kept.is_empty() {
            return Ok(());
        }
        let count = kept.len();
        let mut book = self.book.lock().await;
        for (id, registration) in kept {
            let template = self.template(&registration, 0).await;
            match template {
                Ok(template) => book.restore(id, Entry::new(registration, template)),
                Err(error) => {
                    let name = &registration.name;
                    warn!(%id, name, %error, "a persistent registration cannot be made");
                    book.unusable.insert(id, (registration, error.to_string()));
                }
            }
        }
        drop(book);
        info!(count, "persistent registrations taken up");
        // A cloud may wait for its addresses; nobody else has to.
        let node = Arc::clone(self);
        tokio::spawn(async move { node.place_names().await });
        Ok(())
    }
}
