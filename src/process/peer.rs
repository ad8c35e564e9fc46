//! Which user's process is at the other end of a connection on loopback.
//!
//! A TCP socket has no credentials of its peer; Linux lists the owner of each socket in `/proc/net/tcp`.

use std::fs;
use std::net::{IpAddr, SocketAddr, TcpStream};

/// A connection that both ends still have open.
const ESTABLISHED: &str = "01";

/// Whether the other end of a connection on loopback belongs to another user than us and root. It is false where the system does not
/// tell.
#[must_use]
pub fn is_from_other_user(stream: &TcpStream) -> bool {
    let Ok(table) = fs::read_to_string("/proc/net/tcp") else {
        return false;
    };
    let (Ok(peer), Ok(own)) = (stream.peer_addr(), stream.local_addr()) else {
        return true;
    };
    let owner = owner_in(&table, peer, own);
    let me = rustix::process::geteuid().as_raw();
    !owner.is_some_and(|uid| uid == me || uid == 0)
}

/// The owner of the socket with the address `from` that is connected to `to`.
fn owner_in(table: &str, from: SocketAddr, to: SocketAddr) -> Option<u32> {
    let (from, to) = (written(from)?, written(to)?);
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        match fields.as_slice() {
            [_, local, remote, ESTABLISHED, _, _, _, uid, ..]
                if *local == from && *remote == to =>
            {
                uid.parse().ok()
            }
            _ => None,
        }
    })
}

/// An address as the table has it: the bytes of the IP address as one number of this machine, and the port.
fn written(address: SocketAddr) -> Option<String> {
    match address.ip() {
        IpAddr::V4(ip) => Some(format!(
            "{:08X}:{:04X}",
            u32::from_ne_bytes(ip.octets()),
            address.port()
        )),
        IpAddr::V6(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn our_own_connection_is_ours() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        assert!(!is_from_other_user(&server));
        if fs::exists("/proc/net/tcp").unwrap() {
            // The other end has gone: nobody knows whose it was.
            drop(client);
            assert!(is_from_other_user(&server));
        }
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn the_owner_is_that_of_the_other_end() {
        let table = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 x 100
   1: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 x 20
   2: 0100007F:9C40 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 3 1 x 20
   3: 0100007F:9C41 0100007F:1F90 06 00000000:00000000 00:00000000 00000000     0        0 0 3 x
";
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        assert_eq!(owner_in(table, at(40000), at(8080)), Some(1001));
        assert_eq!(owner_in(table, at(40001), at(8080)), None);
        assert_eq!(owner_in(table, at(40002), at(8080)), None);
    }
}
