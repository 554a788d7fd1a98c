//! The least that a node could do: receive, and send as many bytes as an answer has.

use std::net::{Ipv6Addr, SocketAddr};

use tokio::net::UdpSocket;

use crate::thread::RuntimeThread;

/// An echo on a runtime of one thread.
#[derive(Debug)]
pub(crate) struct Echo {
    thread: RuntimeThread,
    address: SocketAddr,
    answer: usize,
}

impl Echo {
    /// Starts it; it answers with the first `answer` bytes.
    pub(crate) fn start(answer: usize) -> Self {
        let (thread, address) = RuntimeThread::start("echo", async move || {
            let socket = UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).await;
            let socket = socket.expect("a socket");
            let address = socket.local_addr().expect("an address");
            tokio::spawn(run(socket, answer));
            address
        });
        Self {
            thread,
            address,
            answer,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn answer_len(&self) -> usize {
        self.answer
    }

    pub(crate) fn thread(&self) -> &RuntimeThread {
        &self.thread
    }
}

async fn run(socket: UdpSocket, answer: usize) {
    let mut buffer = [0; 2_048];
    loop {
        if let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            let _ = socket.send_to(&buffer[..answer.min(length)], from).await;
        }
    }
}
