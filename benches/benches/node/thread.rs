//! A thread with a runtime of its own, whose processor time can be read.

use std::{fs, sync::mpsc, thread, time::Duration};

use tokio::runtime::{Builder, Handle};

/// A thread of this process.
#[derive(Clone, Debug)]
pub(crate) struct RuntimeThread {
    /// Below `/proc`, as `<process>/task/<thread>`.
    path: String,
    runtime: Handle,
}

impl RuntimeThread {
    /// Runs `make` on a runtime of a new thread, and goes on with that runtime for good.
    pub(crate) fn start<T, F>(name: &str, make: impl FnOnce() -> F + Send + 'static) -> (Self, T)
    where
        T: Send + 'static,
        F: Future<Output = T>,
    {
        let (sender, receiver) = mpsc::channel();
        let thread = thread::Builder::new().name(name.to_owned());
        let run = move || {
            let runtime = Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let made = make().await;
                let _ = sender.send((Self::current(), made));
                std::future::pending::<()>().await;
            });
        };
        thread.spawn(run).expect("a thread");
        receiver.recv().expect("what was made")
    }

    /// Runs something there.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(task);
    }

    fn current() -> Self {
        let path = fs::read_link("/proc/thread-self").expect("Linux");
        let path = path.to_str().expect("digits").to_owned();
        let runtime = Handle::current();
        Self { path, runtime }
    }

    /// What the thread has used of a processor so far, in user mode and in the system.
    pub(crate) fn processor_time(&self) -> Duration {
        let file = format!("/proc/{}/schedstat", self.path);
        let text = fs::read_to_string(file).expect("a thread that runs");
        let first = text.split_whitespace().next().expect("a number");
        Duration::from_nanos(first.parse().expect("nanoseconds"))
    }
}
