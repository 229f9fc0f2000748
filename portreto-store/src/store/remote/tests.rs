use super::*;

fn tried(url: &str, variables: &[(&str, &str)]) -> Result<String, String> {
    let variables = variables.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let wiring = Wiring { variables: Some(variables.collect()), ..Wiring::default() };
    let url = location::store_url(url).unwrap();
    match open(&url, &wiring, Patience::BUCKET) {
        Ok((bucket, patience)) => {
            Ok(format!("{:?} {:?} {:?}", bucket.store, bucket.prefix, patience.answer()))
        }
        Err(error) => Err(error.to_string()),
    }
}

const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "s")];

#[test]
fn options_come_from_the_url_before_the_environment() {
    let there = tried("s3://photos/family?region=eu-west-1&answer_timeout=20", &KEYS).unwrap();
    for expected in ["eu-west-1", "s3.eu-west-1.amazonaws.com/photos", "family", "20s"] {
        assert!(there.contains(expected), "{expected} is not in {there}");
    }
    let nas = [("AWS_ENDPOINT", "http://elsewhere:1"), ("AWS_UNRELATED", "x")];
    let there = tried("s3://photos?endpoint=http://nas:9000&allow_http=true", &nas).unwrap();
    assert!(there.contains("http://nas:9000/photos") && !there.contains("elsewhere"), "{there}");
    let styled =
        "s3://photos?virtual_hosted_style_request=true&endpoint=https://photos.nas&region=x";
    let there = tried(styled, &KEYS).unwrap();
    assert!(there.contains("\"https://photos.nas\""), "{there}");
}

#[test]
fn who_says_how_bytes_are_made_sure_of_is_obeyed() {
    let has_another_way = |url: &str| {
        let wiring = Wiring { variables: Some(Vec::new()), ..Wiring::default() };
        let (bucket, _) =
            open(&location::store_url(url).unwrap(), &wiring, Patience::BUCKET).unwrap();
        bucket.quick.is_some()
    };
    assert!(has_another_way("s3://photos?region=x"));
    assert!(!has_another_way("s3://photos?region=x&checksum_algorithm=SHA256"));
    assert!(!has_another_way("s3://photos?region=x&unsigned_payload=false"));
}

#[test]
fn google_and_azure_are_known_by_their_urls() {
    let account = r#"{"private_key": "k", "private_key_id": "i", "client_email": "e", "gcs_base_url": "https://gcs.test", "disable_oauth": true}"#;
    let google = [("GOOGLE_SERVICE_ACCOUNT_KEY", account)];
    let there = tried("gs://photos/family/ours", &google).unwrap();
    for expected in ["GoogleCloudStorage", "photos", "family/ours", "https://gcs.test"] {
        assert!(there.contains(expected), "{expected} is not in {there}");
    }
    let azure = [("AZURE_STORAGE_ACCOUNT_NAME", "ours"), ("AZURE_STORAGE_ACCOUNT_KEY", "a2V5")];
    for url in ["az://photos/family", "abfs://photos@ours.dfs.core.windows.net/family"] {
        let there = tried(url, &azure).unwrap();
        for expected in ["MicrosoftAzure", "photos", "family", "ours"] {
            assert!(there.contains(expected), "{expected} is not in {there}");
        }
    }
}

#[test]
fn each_store_may_have_credentials_of_its_own() {
    let nas = [("NAS_ACCESS_KEY_ID", "of-the-nas"), ("NAS_SECRET_ACCESS_KEY", "s")];
    let both = [&KEYS[..], &nas[..]].concat();
    // The key is in the Debug text of the credentials, the secret is not asked for.
    let debug = |url: &str| tried(url, &both).unwrap();
    assert!(debug("s3://photos?env=NAS").contains("of-the-nas"));
    assert!(!debug("s3://photos").contains("of-the-nas"));
}

#[test]
fn what_cannot_be_used_is_named() {
    for (url, said) in [
        ("s3://photos?secret_access_key=x", "put it into the environment"),
        ("s3://photos?token=x", "kept in every store"),
        ("s3://photos?regoin=x", "has no option regoin"),
        ("s3://photos?answer_timeout=soon", "1 to 3600 seconds"),
        ("s3://photos?ca=/nowhere.pem", "/nowhere.pem, which cannot be used"),
    ] {
        let error = tried(url, &KEYS).unwrap_err();
        assert!(error.contains(said), "{url}: {error}");
    }
    let dir = tempfile::tempdir().unwrap();
    let empty = dir.path().join("empty.pem");
    fs::write(&empty, "no certificate").unwrap();
    let error = tried(&format!("s3://photos?ca={}", empty.display()), &KEYS).unwrap_err();
    assert!(error.contains("no certificate") || error.contains("cannot be used"), "{error}");
}
