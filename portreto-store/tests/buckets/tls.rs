//! S3 over TLS, by a certificate that only its owner's authority vouches for.

use portreto_core::replica::StoreErrorKind;
use portreto_store::conformance::conforms;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivatePkcs8KeyDer},
};

use super::{
    server::{over_s3s_fs, serve},
    *,
};

/// An authority: its certificate, and what it signs with.
fn authority() -> (String, Issuer<'static, KeyPair>) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    (pem, Issuer::new(params, key))
}

/// A server's end of TLS, vouched for by `authority`.
fn acceptor(authority: &Issuer<'static, KeyPair>) -> TlsAcceptor {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_is_told_of_the_authority_trusts_the_server() {
    let (pem, issuer) = authority();
    let (dir, service) = over_s3s_fs();
    let address = serve(service, Some(acceptor(&issuer))).await;
    let place = |ca: Option<&str>| {
        let mut url = format!("s3://photos/family?endpoint=https://{address}&region=us-east-1");
        if let Some(ca) = ca {
            let path = dir.path().join("ca.pem");
            std::fs::write(&path, ca).unwrap();
            url = format!("{url}&ca={}", path.display());
        }
        open_wired(&url, &wiring(None)).unwrap()
    };
    let trusting = place(Some(&pem));
    trusting.found(&marker(1)).await.unwrap();
    conforms(&*trusting).await;
    for distrusting in [place(None), place(Some(&authority().0))] {
        let error = distrusting.survey().await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Offline, "{error:?}");
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("certificate"), "{cause}");
    }
}
