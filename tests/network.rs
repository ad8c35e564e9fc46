//! Proxies and private certificate authorities: login's way to AWS through other people's networks.
//!
//! AWS's own host names are called. A proxy on loopback leads them all to one TLS server, which hands the requests on to the
//! sandbox: nothing leaves this machine.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

use crate::common::World;

const STS: &str = "sts.eu-central-1.amazonaws.com";
const IAM: &str = "iam.amazonaws.com";
const SIGN_IN: &str = "signin.aws.amazon.com";
/// Never resolves: RFC 6761.
const PRIVATE: &str = "sts.example.test";

/// What a proxy does with a request to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proxy {
    /// Connects, whatever the name, to the TLS server.
    Tunnels,
    /// Answers with this status line.
    Refuses(&'static str),
}

/// A world whose way to AWS leads through a proxy.
struct Network {
    world: World,
    runtime: Handle,
    /// Ends the servers when it is dropped.
    _stop: oneshot::Sender<()>,
    /// The TLS server's address.
    tls: SocketAddr,
    /// The CA's certificate.
    ca: String,
    /// The head of each request that the proxy got.
    seen: Arc<Mutex<Vec<String>>>,
}

impl Network {
    /// A config file without an endpoint, and a CA that signed for AWS's names.
    fn new() -> Self {
        let world = World::new();
        world.write_config("[default]\nregion = eu-central-1\n");
        let issuer = authority();
        let ca = issuer.pem();
        let key = KeyPair::generate().unwrap();
        let names = [STS, IAM, SIGN_IN, PRIVATE, "localhost"].map(str::to_owned);
        let certificate = CertificateParams::new(names)
            .unwrap()
            .signed_by(&key, &issuer)
            .unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )
            .unwrap();
        let sandbox = world.server.endpoint_url();
        let sandbox = sandbox.strip_prefix("http://").unwrap().to_owned();
        let (runtime, stop) = runtime();
        let listener = listener();
        let tls = listener.local_addr().unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, sandbox) = (acceptor.clone(), sandbox.clone());
                tokio::spawn(async move {
                    // A client that does not trust the certificate hangs up here.
                    let Ok(mut stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let mut upstream = TcpStream::connect(sandbox).await.unwrap();
                    let _ = copy_bidirectional(&mut stream, &mut upstream).await;
                });
            }
        });
        Self {
            world,
            runtime,
            _stop: stop,
            tls,
            ca,
            seen: Arc::default(),
        }
    }

    /// Starts a proxy; its address.
    fn proxy(&self, manner: Proxy) -> SocketAddr {
        let listener = listener();
        let address = listener.local_addr().unwrap();
        let (seen, tls) = (Arc::clone(&self.seen), self.tls);
        self.runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((mut stream, _)) = listener.accept().await {
                let seen = Arc::clone(&seen);
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        match stream.read_u8().await {
                            Ok(byte) => head.push(byte),
                            Err(_) => break,
                        }
                    }
                    let head = String::from_utf8(head).unwrap();
                    seen.lock().unwrap().push(head);
                    match manner {
                        Proxy::Tunnels => {
                            let answer = b"HTTP/1.1 200 Connection established\r\n\r\n";
                            stream.write_all(answer).await.unwrap();
                            let mut upstream = TcpStream::connect(tls).await.unwrap();
                            let _ = copy_bidirectional(&mut stream, &mut upstream).await;
                        }
                        Proxy::Refuses(status) => {
                            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
                            stream.write_all(answer.as_bytes()).await.unwrap();
                            stream.shutdown().await.unwrap();
                        }
                    }
                });
            }
        });
        address
    }

    /// Every variable that names a proxy leads to this one.
    fn through(&mut self, manner: Proxy) {
        let url = format!("http://{}", self.proxy(manner));
        for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"] {
            self.world.set(name, &url);
        }
    }

    /// Trusts the CA.
    fn trusts(&mut self, pem: &str) {
        let file = self.file("ca.pem", pem);
        self.world.set("AWS_CA_BUNDLE", file.display().to_string());
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.world.root().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The hosts that the proxy was asked to connect to.
    fn hosts(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter()
            .map(|head| {
                let line = head.lines().next().unwrap();
                line.strip_prefix("CONNECT ")
                    .and_then(|l| l.strip_suffix(" HTTP/1.1"))
                    .unwrap_or(line)
                    .to_owned()
            })
            .collect()
    }

    /// Nothing was asked of anybody.
    #[track_caller]
    fn assert_silent(&self) {
        assert_eq!(self.hosts(), [""; 0]);
        assert_eq!(self.world.calls(), []);
    }
}

/// A runtime on a thread of its own, until what comes with it is dropped.
fn runtime() -> (Handle, oneshot::Sender<()>) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let handle = runtime.handle().clone();
    let (stop, stopped) = oneshot::channel();
    std::thread::spawn(move || {
        let _ = runtime.block_on(stopped);
    });
    (handle, stop)
}

fn listener() -> std::net::TcpListener {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    listener
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

#[test]
fn a_login_goes_through_the_proxy_to_aws_own_hosts() {
    let mut network = Network::new();
    network.trusts(&network.ca.clone());
    network.through(Proxy::Tunnels);
    network.world.log_in().says("Found the MFA device");
    assert_eq!(
        network.hosts(),
        [format!("{IAM}:443"), format!("{STS}:443")]
    );
    assert_eq!(network.world.count("sts:GetSessionToken"), 1);
    // AWS's own host is no endpoint to remember: the hook finds the session.
    network
        .world
        .run(&["credential-process", "--profile", "default"])
        .exits(0);
    assert_eq!(network.hosts().len(), 2);
}

#[test]
fn the_console_is_signed_in_to_at_aws_own_host_through_the_proxy() {
    let mut network = Network::new();
    network.trusts(&network.ca.clone());
    network.through(Proxy::Tunnels);
    let mfa = r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#;
    network.world.create_role("readonly", mfa, &[]);
    network.world.add_config(
        "[profile readonly]\nrole_arn = arn:aws:iam::111122223333:role/readonly\nsource_profile = default\n",
    );
    let code = network.world.code();
    let line = ["console", "--print", "--profile", "readonly"];
    let ran = network
        .world
        .run(&[&line[..], &["--token-code", &code]].concat())
        .exits(0);
    let begins = format!("https://{SIGN_IN}/federation?Action=login&");
    assert!(ran.stdout.starts_with(&begins), "{}", ran.stdout);
    assert_eq!(network.hosts().last(), Some(&format!("{SIGN_IN}:443")));
    // Credentials of AWS are not sent past a proxy or to a stranger's certificate.
    network.world.unset("AWS_CA_BUNDLE");
    let _ = network.world.run(&line).exits(1).says(SIGN_IN);
    network.world.set("HTTPS_PROXY", "socks5://127.0.0.1:1");
    network
        .world
        .run(&line)
        .exits(1)
        .says("`HTTPS_PROXY` is not the URL of an HTTP proxy");
}

#[test]
fn a_console_is_not_given_credentials_of_a_private_endpoint() {
    let mut network = Network::new();
    network.world.call(&format!("https://{PRIVATE}"));
    network.world.add_config(
        "[profile readonly]\nrole_arn = arn:aws:iam::111122223333:role/readonly\nsource_profile = default\n",
    );
    network.through(Proxy::Tunnels);
    network
        .world
        .run(&["console", "--print", "--profile", "readonly"])
        .exits(1)
        .says("the role's credentials come from sts.example.test");
    network.assert_silent();
}

#[test]
fn a_private_endpoint_goes_through_the_proxy_too() {
    let mut network = Network::new();
    network.trusts(&network.ca.clone());
    network.through(Proxy::Tunnels);
    let url = format!("https://{PRIVATE}");
    let code = network.world.code();
    network
        .world
        .run(&["login", "--endpoint-url", &url, "--token-code", &code])
        .exits(0);
    let expected = format!("{PRIVATE}:443");
    assert_eq!(network.hosts(), [expected.clone(), expected]);
}

#[test]
fn the_proxys_password_reaches_the_proxy_and_nobody_else() {
    let mut network = Network::new();
    network.trusts(&network.ca.clone());
    network.world.hunt("pr0xyPassw0rd");
    let host = network.proxy(Proxy::Tunnels);
    let url = format!("http://me:pr0xyPassw0rd@{host}");
    network.world.set("HTTPS_PROXY", &url);
    let code = network.world.code();
    network
        .world
        .run(&["-vv", "login", "--token-code", &code])
        .exits(0);
    let head = network.seen.lock().unwrap()[0].to_lowercase();
    assert!(head.contains("proxy-authorization: basic "), "{head}");
    // And none of a proxy that is not there, or refuses.
    let refusing = network.proxy(Proxy::Refuses("407 Proxy Authentication Required"));
    for host in [refusing.to_string(), "127.0.0.1:1".to_owned()] {
        let url = format!("http://me:pr0xyPassw0rd@{host}");
        network.world.set("HTTPS_PROXY", &url);
        network
            .world
            .run(&["-vv", "login", "--force", "--token-code", &code])
            .exits(1)
            .says("error: ");
    }
}

#[test]
fn no_proxy_is_respected() {
    let mut network = Network::new();
    network.trusts(&network.ca.clone());
    network.through(Proxy::Tunnels);
    let url = format!("https://{PRIVATE}");
    let code = network.world.code();
    let login = ["login", "--endpoint-url", &url, "--token-code", &code];
    for (name, value) in [
        ("NO_PROXY", "example.test"),
        ("no_proxy", PRIVATE),
        ("NO_PROXY", "*"),
    ] {
        network.world.set(name, value);
        network
            .world
            .run(&login)
            .exits(1)
            .says(PRIVATE)
            .says("nothing was sent");
        network.world.unset(name);
        network.assert_silent();
    }
    network.world.set("NO_PROXY", "example.com,other.test");
    network.world.run(&login).exits(0);
}

#[test]
fn loopback_is_never_proxied() {
    let mut network = Network::new();
    network.through(Proxy::Refuses("502 Bad Gateway"));
    network.trusts(&network.ca.clone());
    let code = network.world.code();
    let plain = network.world.server.endpoint_url();
    network
        .world
        .run(&["login", "--endpoint-url", &plain, "--token-code", &code])
        .exits(0);
    let code = network.world.code();
    let tls = format!("https://localhost:{}", network.tls.port());
    network
        .world
        .run(&[
            "login",
            "--force",
            "--endpoint-url",
            &tls,
            "--token-code",
            &code,
        ])
        .exits(0);
    assert_eq!(network.hosts(), [""; 0]);
    assert_eq!(network.world.count("sts:GetSessionToken"), 2);
}

#[test]
fn plain_http_to_another_machine_is_refused_before_a_connection() {
    let mut network = Network::new();
    network.through(Proxy::Tunnels);
    let code = network.world.code();
    let url = format!("http://{PRIVATE}");
    network
        .world
        .run(&["login", "--endpoint-url", &url, "--token-code", &code])
        .exits(1)
        .says("plain http")
        .says(PRIVATE);
    for name in [
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_STS",
        "AWS_ENDPOINT_URL_IAM",
    ] {
        network.world.set(name, &url);
        network
            .world
            .run(&["login", "--token-code", &code])
            .exits(1)
            .says("plain http");
        network.world.unset(name);
    }
    network.assert_silent();
}

#[test]
fn the_bundle_is_named_by_the_profile_too_and_the_variable_wins() {
    let mut network = Network::new();
    network.through(Proxy::Tunnels);
    let bundle = network.file("profile-ca.pem", &network.ca);
    network.world.write_config(&format!(
        "[default]\nregion = eu-central-1\nca_bundle = {}\n",
        bundle.display()
    ));
    network.world.log_in();
    let wrong = authority().pem();
    network.trusts(&wrong);
    let code = network.world.code();
    network
        .world
        .run(&["login", "--force", "--token-code", &code])
        .exits(1)
        .says("certificate");
}

#[test]
fn a_certificate_of_an_unknown_ca_is_explained() {
    let mut network = Network::new();
    network.through(Proxy::Tunnels);
    let serial = network.world.serial();
    let code = network.world.code();
    let login = [
        "login",
        "--serial-number",
        serial.as_str(),
        "--token-code",
        &code,
    ];
    // The system's certificates do not know it, nor does another bundle.
    network
        .world
        .run(&login)
        .exits(1)
        .says(STS)
        .says("certificate")
        .says("hint: ")
        .says("AWS_CA_BUNDLE");
    network.trusts(&authority().pem());
    network
        .world
        .run(&login)
        .exits(1)
        .says("certificate")
        .says("AWS_CA_BUNDLE");
    assert_eq!(network.world.calls(), []);
    // The code was not spent.
    network.trusts(&network.ca.clone());
    network.world.run(&login).exits(0);
}

#[test]
fn a_bad_bundle_is_an_error_before_a_connection_and_before_a_code() {
    let mut network = Network::new();
    network.through(Proxy::Tunnels);
    network.world.write_config(&format!(
        "[default]\nregion = eu-central-1\nmfa_serial = {}\n",
        network.world.serial().as_str()
    ));
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let bundles = [
        network.file("garbage.pem", garbage),
        network.file("empty.pem", ""),
        network.world.root().join("missing.pem"),
        network.world.root().to_owned(),
    ];
    let code = network.world.code();
    for bundle in bundles {
        let bundle = bundle.display().to_string();
        network.world.set("AWS_CA_BUNDLE", &bundle);
        network
            .world
            .run(&["login", "--token-code", &code])
            .exits(1)
            .says(&bundle)
            .says("hint: AWS_CA_BUNDLE");
        let mut terminal = network.world.shell_on_terminal("$mfa_session login");
        terminal.expect("CA bundle").expect("<status 1>");
        assert!(!terminal.seen.contains("MFA code"), "{}", terminal.seen);
        terminal.close();
    }
    network.assert_silent();
    // Plain http to this machine trusts nobody, so it needs no bundle.
    let url = network.world.server.endpoint_url();
    network
        .world
        .run(&["login", "--endpoint-url", &url, "--token-code", &code])
        .exits(0);
}

#[test]
fn a_proxy_that_refuses_has_sent_nothing() {
    for status in [
        "407 Proxy Authentication Required",
        "502 Bad Gateway",
        "403 Forbidden",
    ] {
        let mut network = Network::new();
        network.trusts(&network.ca.clone());
        network.through(Proxy::Refuses(status));
        let serial = network.world.serial();
        let code = network.world.code();
        let login = [
            "login",
            "--serial-number",
            serial.as_str(),
            "--token-code",
            &code,
        ];
        network
            .world
            .run(&login)
            .exits(1)
            .says(STS)
            .says("nothing was sent")
            .says_not("may have been used");
        assert!(!network.hosts().is_empty());
        assert_eq!(network.world.calls(), []);
        // So the code is still good, and nobody says that it was used.
        network.through(Proxy::Tunnels);
        network.world.run(&login).exits(0).says_not("used before");
    }
}

#[test]
fn messages_name_the_host_that_was_called() {
    for (region, settings, host) in [
        ("us-gov-west-1", "", "iam.us-gov.amazonaws.com"),
        ("cn-north-1", "", "iam.cn-north-1.amazonaws.com.cn"),
        (
            "us-east-1",
            "mfa_serial = GAHT12345678\nuse_fips_endpoint = true\n",
            "sts-fips.us-east-1.amazonaws.com",
        ),
        (
            "eu-west-1",
            "mfa_serial = GAHT12345678\nuse_dualstack_endpoint = true\n",
            "sts.eu-west-1.api.aws",
        ),
    ] {
        let mut network = Network::new();
        network.through(Proxy::Refuses("502 Bad Gateway"));
        let config = format!("[default]\nregion = {region}\n{settings}");
        network.world.write_config(&config);
        let code = network.world.code();
        network
            .world
            .run(&["login", "--token-code", &code])
            .exits(1)
            .says(&format!("cannot connect to {host}: "))
            .says(&format!("is {host} reachable from here?"));
        assert_eq!(network.hosts()[0], format!("{host}:443"));
    }
}
