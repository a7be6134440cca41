//! Private keys and X.509 certificates.
//!
//! In: names, addresses, days, keys as PEM; the run's clock and random numbers. Out: PEM
//! texts, or an object with the fields `Cert` and `Key`. Extensions and their order are
//! those of Go's `x509.CreateCertificate`. With a seeded run, the same bytes each time.

use super::dates::{Time, Zone};
use super::der::{self, bits, integer, pem, sequence, tlv};
use super::duration::{Duration, SECOND};
use super::encoding::decode_base64;
use super::primes;
use crate::eval::call::{Call, Func, FuncError, FuncResult, Host, Purity, Type};
use crate::value::{Map, Object, Value};
use ed25519_dalek::Signer as _;
use num_bigint::BigUint;
use p256::elliptic_curve::sec1::ToEncodedPoint as _;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use rsa::pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPrivateKey as _, EncodeRsaPublicKey as _};
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::rand_core::{CryptoRng, Error as RandomError, RngCore};
use sha2::{Digest as _, Sha256};
use std::any::Any;
use std::net::IpAddr;

const CERTIFICATE: Type = Type::Object("sprig.certificate");

/// The family's rows.
pub(crate) const CERTS: &[Func] = &[
    Func::fixed("genPrivateKey", &[Type::Str], gen_private_key).with(Purity::Random),
    Func::fixed("buildCustomCert", &[Type::Str, Type::Str], build_custom_cert),
    Func::fixed("genCA", &[Type::Str, Type::Int], gen_ca).costs(KEY_STEPS).with(Purity::Random),
    Func::fixed("genCAWithKey", &[Type::Str, Type::Int, Type::Str], gen_ca_with_key).with(Purity::Random),
    Func::fixed("genSelfSignedCert", &[Type::Str, Type::List, Type::List, Type::Int], gen_self_signed)
        .costs(KEY_STEPS)
        .with(Purity::Random),
    Func::fixed(
        "genSelfSignedCertWithKey",
        &[Type::Str, Type::List, Type::List, Type::Int, Type::Str],
        gen_self_signed_with_key,
    )
    .with(Purity::Random),
    Func::fixed("genSignedCert", &[Type::Str, Type::List, Type::List, Type::Int, CERTIFICATE], gen_signed)
        .costs(KEY_STEPS)
        .with(Purity::Random),
    Func::fixed(
        "genSignedCertWithKey",
        &[Type::Str, Type::List, Type::List, Type::Int, CERTIFICATE, Type::Str],
        gen_signed_with_key,
    )
    .with(Purity::Random),
];

/// Steps of making a key, which takes as long as so many: with the usual limit a run ends after
/// thirty, which is more than a second.
const KEY_STEPS: u32 = 300_000;

/// Steps of making a key of `PRIVATE_KEY_BITS`, a third of a second on average and sometimes twice that: with the usual
/// limit a run ends after four. Charts that make any write one, and make it up to three times: for checksums over its
/// Secret, too.
const LARGE_KEY_STEPS: usize = 2_000_000;
/// Steps of making a key of DSA, a quarter of a second on average.
const DSA_KEY_STEPS: usize = 3_000_000;
/// Steps of making a key on a curve.
const SMALL_KEY_STEPS: usize = 2_000;

/// Bits of the RSA keys of certificates.
const CERTIFICATE_KEY_BITS: usize = 2048;
/// Bits of the RSA keys of `genPrivateKey`.
const PRIVATE_KEY_BITS: usize = 4096;

/// The public exponent of RSA keys.
const EXPONENT: u32 = 65537;

const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const RSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const EC_P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const KEY_USAGE: &[u8] = &[0x55, 29, 15];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 29, 37];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 29, 19];
const SUBJECT_KEY_ID: &[u8] = &[0x55, 29, 14];
const AUTHORITY_KEY_ID: &[u8] = &[0x55, 29, 35];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 29, 17];
const SERVER_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
const CLIENT_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];
const NULL: &[u8] = &[5, 0];
const TRUE: &[u8] = &[1, 1, 0xff];

/// The run's random numbers as key generators want them.
struct Random<'a>(&'a dyn Host);

impl RngCore for Random<'_> {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.0.random(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.0.random(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, buffer: &mut [u8]) {
        self.0.random(buffer);
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), RandomError> {
        self.0.random(buffer);
        Ok(())
    }
}

impl CryptoRng for Random<'_> {}

/// A generator seeded from the run's random numbers.
fn generator(host: &dyn Host) -> ChaCha20Rng {
    let mut seed = [0; 32];
    host.random(&mut seed);
    ChaCha20Rng::from_seed(seed)
}

/// Two primes of `64 * N` bits that fit the exponent, looked for at the same time.
fn rsa_primes<const N: usize>(host: &dyn Host) -> (BigUint, BigUint) {
    let find = |mut random: ChaCha20Rng| {
        loop {
            let prime = primes::prime::<N>(&mut random, &BigUint::from(2u32));
            if &prime % EXPONENT != BigUint::from(1u32) {
                return prime;
            }
        }
    };
    loop {
        let (first, second) = (generator(host), generator(host));
        let again = second.clone();
        let (p, q) = std::thread::scope(|scope| {
            // Where no thread can be had, one after the other.
            let other = std::thread::Builder::new().spawn_scoped(scope, move || find(second));
            let p = find(first);
            (p, other.ok().and_then(|other| other.join().ok()).unwrap_or_else(|| find(again)))
        });
        if p != q {
            return (p, q);
        }
    }
}

/// A private key.
enum Key {
    Rsa(Box<rsa::RsaPrivateKey>),
    Ec(p256::SecretKey),
    Ed(Box<ed25519_dalek::SigningKey>),
    /// Can be read, but signs nothing.
    Dsa,
}

impl Key {
    fn rsa(host: &dyn Host, size: usize) -> Result<Key, String> {
        let (p, q) = if size == CERTIFICATE_KEY_BITS { rsa_primes::<16>(host) } else { rsa_primes::<32>(host) };
        let number = |number: &BigUint| rsa::BigUint::from_bytes_be(&number.to_bytes_be());
        let key = rsa::RsaPrivateKey::from_p_q(number(&p), number(&q), EXPONENT.into());
        key.map(|key| Key::Rsa(Box::new(key))).map_err(|error| error.to_string())
    }

    /// Reads a PEM block.
    fn parse(text: &str) -> Result<Key, String> {
        let (label, bytes) = der::read_pem(text).ok_or("no PEM data in input")?;
        if label == "PRIVATE KEY" {
            return Key::from_pkcs8(&bytes).ok_or_else(|| "decoding PEM as PKCS#8: asn1: structure error".into());
        }
        let Some(kind) = label.strip_suffix(" PRIVATE KEY") else {
            return Err(format!("no private key data in PEM block of type {label}"));
        };
        match kind {
            "RSA" => rsa::RsaPrivateKey::from_pkcs1_der(&bytes)
                .map(|key| Key::Rsa(Box::new(key)))
                .map_err(|error| format!("parsing RSA private key from PEM: {error}")),
            "EC" => p256::SecretKey::from_sec1_der(&bytes)
                .map(Key::Ec)
                .map_err(|error| format!("parsing EC private key from PEM: {error}")),
            "DSA" => Ok(Key::Dsa),
            kind => Err(format!("invalid private key type {kind}")),
        }
    }

    fn from_pkcs8(bytes: &[u8]) -> Option<Key> {
        if let Ok(key) = rsa::RsaPrivateKey::from_pkcs8_der(bytes) {
            return Some(Key::Rsa(Box::new(key)));
        }
        if let Ok(key) = p256::SecretKey::from_pkcs8_der(bytes) {
            return Some(Key::Ec(key));
        }
        ed25519_dalek::SigningKey::from_pkcs8_der(bytes).ok().map(|key| Key::Ed(Box::new(key)))
    }

    fn to_pem(&self) -> Result<String, String> {
        Ok(match self {
            Key::Rsa(key) => {
                let bytes = key.to_pkcs1_der().map_err(|error| error.to_string())?;
                pem("RSA PRIVATE KEY", bytes.as_bytes())
            }
            Key::Ec(key) => {
                let curve = tlv(der::CONTEXT, &tlv(der::OID, EC_P256));
                let public = tlv(der::CONTEXT | 1, &bits(&self.public_bits()?));
                let secret = tlv(der::OCTETS, &key.to_bytes());
                pem("EC PRIVATE KEY", &sequence(&[&integer(&[1]), &secret, &curve, &public]))
            }
            Key::Ed(key) => {
                let secret = tlv(der::OCTETS, &tlv(der::OCTETS, key.as_bytes()));
                pem("PRIVATE KEY", &sequence(&[&integer(&[0]), &sequence(&[&tlv(der::OID, ED25519)]), &secret]))
            }
            Key::Dsa => return Err(NOT_A_SIGNER.into()),
        })
    }

    /// The content of the public key's bit string.
    fn public_bits(&self) -> Result<Vec<u8>, String> {
        Ok(match self {
            Key::Rsa(key) => key.to_public_key().to_pkcs1_der().map_err(|error| error.to_string())?.as_bytes().to_vec(),
            Key::Ec(key) => key.public_key().to_encoded_point(false).as_bytes().to_vec(),
            Key::Ed(key) => key.verifying_key().as_bytes().to_vec(),
            Key::Dsa => return Err(NOT_A_SIGNER.into()),
        })
    }

    /// SubjectPublicKeyInfo.
    fn public_info(&self) -> Result<Vec<u8>, String> {
        let algorithm = match self {
            Key::Rsa(_) => sequence(&[&tlv(der::OID, RSA_ENCRYPTION), NULL]),
            Key::Ec(_) => sequence(&[&tlv(der::OID, EC_PUBLIC_KEY), &tlv(der::OID, EC_P256)]),
            Key::Ed(_) | Key::Dsa => sequence(&[&tlv(der::OID, ED25519)]),
        };
        Ok(sequence(&[&algorithm, &bits(&self.public_bits()?)]))
    }

    fn signature_algorithm(&self) -> Vec<u8> {
        match self {
            Key::Rsa(_) => sequence(&[&tlv(der::OID, RSA_WITH_SHA256), NULL]),
            Key::Ec(_) => sequence(&[&tlv(der::OID, ECDSA_WITH_SHA256)]),
            Key::Ed(_) | Key::Dsa => sequence(&[&tlv(der::OID, ED25519)]),
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        match self {
            Key::Rsa(key) => key
                .sign(rsa::Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message))
                .map_err(|error| error.to_string()),
            Key::Ec(key) => {
                let signature: p256::ecdsa::Signature = p256::ecdsa::SigningKey::from(key).sign(message);
                Ok(signature.to_der().as_bytes().to_vec())
            }
            Key::Ed(key) => Ok(key.sign(message).to_bytes().to_vec()),
            Key::Dsa => Err(NOT_A_SIGNER.into()),
        }
    }
}

const NOT_A_SIGNER: &str = "x509: certificate private key does not implement crypto.Signer";

/// A certificate and its key, as PEM: sprig's `certificate`.
#[derive(Debug, Clone)]
struct Certificate {
    cert: String,
    key: String,
}

impl Object for Certificate {
    fn type_name(&self) -> &str {
        "sprig.certificate"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Cert" => Some(Value::from(self.cert.as_str())),
            "Key" => Some(Value::from(self.key.as_str())),
            _ => None,
        }
    }

    fn fields(&self) -> Option<Vec<(&'static str, Value)>> {
        Some(vec![("Cert", Value::from(self.cert.as_str())), ("Key", Value::from(self.key.as_str()))])
    }

    fn to_plain(&self) -> Result<Value, String> {
        let map = Map::new();
        map.insert("Cert", Value::from(self.cert.as_str()));
        map.insert("Key", Value::from(self.key.as_str()));
        Ok(Value::Map(map))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Who signs: the parts of its certificate that the new one repeats.
struct Issuer<'a> {
    key: &'a Key,
    /// The name, as encoded.
    name: Vec<u8>,
    key_id: Option<Vec<u8>>,
    /// SubjectPublicKeyInfo, which the key must fit.
    public_info: Vec<u8>,
}

/// What a signer's certificate says of itself: name, key id, public key.
struct Parsed {
    name: Vec<u8>,
    key_id: Option<Vec<u8>>,
    public_info: Vec<u8>,
}

/// Reads the needed parts of a certificate.
fn parse_certificate(bytes: &[u8]) -> Option<Parsed> {
    let outer = der::read(bytes).filter(|outer| outer.tag == der::SEQUENCE && outer.rest.is_empty())?;
    let body = der::read(outer.content).filter(|body| body.tag == der::SEQUENCE)?;
    let mut next = der::read(body.content)?;
    if next.tag == der::CONTEXT {
        next = der::read(next.rest)?;
    }
    // Serial number, algorithm, issuer, validity, then the subject.
    for _ in 0..4 {
        next = der::read(next.rest)?;
    }
    let name = next.whole.to_vec();
    let public = der::read(next.rest)?;
    let public_info = public.whole.to_vec();
    let mut key_id = None;
    let mut rest = public.rest;
    while let Some(field) = der::read(rest) {
        rest = field.rest;
        if field.tag != der::CONTEXT | 3 {
            continue;
        }
        let mut extensions = der::read(field.content)?.content;
        while let Some(extension) = der::read(extensions) {
            extensions = extension.rest;
            let oid = der::read(extension.content)?;
            let mut value = der::read(oid.rest)?;
            if value.tag != der::OCTETS {
                value = der::read(value.rest)?;
            }
            if oid.content == SUBJECT_KEY_ID {
                key_id = der::read(value.content).map(|id| id.content.to_vec());
            }
        }
    }
    Some(Parsed { name, key_id, public_info })
}

/// What a certificate is asked to say.
struct Request {
    common_name: String,
    addresses: Vec<IpAddr>,
    names: Vec<String>,
    days: i64,
    authority: bool,
}

impl Request {
    /// From the arguments `CN IPS NAMES DAYS` of most functions.
    fn read(call: &Call<'_>) -> Result<Request, FuncError> {
        let mut addresses = Vec::new();
        for item in call.list(1).iter() {
            let Value::Str(text) = item else {
                return Err(format!("error parsing ip: {} is not a string", shown(item)).into());
            };
            let text = text.to_text();
            addresses.push(text.parse::<IpAddr>().map_err(|_| format!("error parsing ip: {text}"))?);
        }
        let mut names = Vec::new();
        for item in call.list(2).iter() {
            let Value::Str(text) = item else {
                return Err(format!("error processing alternate dns name: {} is not a string", shown(item)).into());
            };
            names.push(text.to_text().into_owned());
        }
        Ok(Request { common_name: call.text(0), addresses, names, days: call.int(3), authority: false })
    }

    /// From the arguments `CN DAYS` of the functions for authorities.
    fn authority(call: &Call<'_>) -> Request {
        let (addresses, names) = (Vec::new(), Vec::new());
        Request { common_name: call.text(0), addresses, names, days: call.int(1), authority: true }
    }

    /// The subject, encoded; an empty common name is left out.
    fn subject(&self) -> Vec<u8> {
        if self.common_name.is_empty() {
            return sequence(&[]);
        }
        let printable = |byte: u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte);
        let tag = if self.common_name.bytes().all(printable) { 0x13 } else { 0x0c };
        let pair = sequence(&[&tlv(der::OID, COMMON_NAME), &tlv(tag, self.common_name.as_bytes())]);
        sequence(&[&tlv(der::SET, &pair)])
    }

    fn extensions(&self, key_bits: &[u8], authority_key_id: Option<&[u8]>) -> Result<Vec<u8>, String> {
        let extension = |oid: &[u8], critical: bool, value: &[u8]| {
            let critical = if critical { TRUE } else { &[] };
            sequence(&[&tlv(der::OID, oid), critical, &tlv(der::OCTETS, value)])
        };
        // Digital signature and key encipherment; for authorities signing of certificates too.
        let usage: &[u8] = if self.authority { &[2, 0xa4] } else { &[5, 0xa0] };
        let purposes = sequence(&[&tlv(der::OID, SERVER_AUTH), &tlv(der::OID, CLIENT_AUTH)]);
        let constraints = if self.authority { sequence(&[TRUE]) } else { sequence(&[]) };
        let mut out = vec![
            extension(KEY_USAGE, true, &tlv(der::BIT_STRING, usage)),
            extension(EXTENDED_KEY_USAGE, false, &purposes),
            extension(BASIC_CONSTRAINTS, true, &constraints),
        ];
        if self.authority {
            // RFC 7093: the first 160 bits of the SHA-256 of the key.
            let hash = Sha256::digest(key_bits);
            out.push(extension(SUBJECT_KEY_ID, false, &tlv(der::OCTETS, hash.get(..20).unwrap_or_default())));
        }
        if let Some(id) = authority_key_id {
            out.push(extension(AUTHORITY_KEY_ID, false, &sequence(&[&tlv(0x80, id)])));
        }
        let mut names = Vec::new();
        for name in &self.names {
            if !name.is_ascii() {
                return Err(format!(
                    "x509: {} cannot be encoded as an IA5String",
                    super::semver::quote(name.as_bytes())
                ));
            }
            names.push(tlv(0x82, name.as_bytes()));
        }
        for address in &self.addresses {
            names.push(match address.to_canonical() {
                IpAddr::V4(address) => tlv(0x87, &address.octets()),
                IpAddr::V6(address) => tlv(0x87, &address.octets()),
            });
        }
        if !names.is_empty() {
            out.push(extension(SUBJECT_ALT_NAME, self.common_name.is_empty(), &tlv(der::SEQUENCE, &names.concat())));
        }
        Ok(tlv(der::CONTEXT | 3, &tlv(der::SEQUENCE, &out.concat())))
    }

    /// Makes the certificate for `key`; signed by itself without an issuer.
    fn issue(&self, host: &dyn Host, key: &Key, issuer: Option<&Issuer<'_>>) -> FuncResult {
        let cert = self.build(host, key, issuer).map_err(|error| format!("error creating certificate: {error}"))?;
        Ok(Value::object(Certificate { cert: pem("CERTIFICATE", &cert), key: key.to_pem()? }))
    }

    fn build(&self, host: &dyn Host, key: &Key, issuer: Option<&Issuer<'_>>) -> Result<Vec<u8>, String> {
        let mut serial = [0; 16];
        host.random(&mut serial);
        let subject = self.subject();
        let signer = issuer.map_or(key, |issuer| issuer.key);
        let algorithm = signer.signature_algorithm();
        let info = key.public_info()?;
        if issuer.is_some_and(|issuer| issuer.key.public_info().as_ref() != Ok(&issuer.public_info)) {
            return Err("x509: provided PrivateKey doesn't match parent's PublicKey".into());
        }
        let issuer_name = issuer.map_or(&subject, |issuer| &issuer.name);
        let key_id = issuer.filter(|_| *issuer_name != subject).and_then(|issuer| issuer.key_id.as_deref());
        let (unix, nanos) = host.now();
        let start = Time::at(unix, i64::from(nanos), Zone::Utc);
        let end = start.add(Duration((86_400 * SECOND).wrapping_mul(self.days)));
        let validity = sequence(&[&date(&start)?, &date(&end)?]);
        let body = sequence(&[
            &tlv(der::CONTEXT, &integer(&[2])),
            &integer(&serial),
            &algorithm,
            issuer_name,
            &validity,
            &subject,
            &info,
            &self.extensions(&key.public_bits()?, key_id)?,
        ]);
        let signature = signer.sign(&body)?;
        Ok(sequence(&[&body, &algorithm, &bits(&signature)]))
    }
}

/// A time to the second: with two digits of the year from 1950 to 2049, with four else.
fn date(time: &Time) -> Result<Vec<u8>, String> {
    match time.civil().year {
        1950..2050 => Ok(tlv(0x17, time.text_by("060102150405Z").as_bytes())),
        0..10_000 => Ok(tlv(0x18, time.text_by("20060102150405Z").as_bytes())),
        _ => Err("asn1: structure error: cannot represent time as GeneralizedTime".into()),
    }
}

/// A scalar as `%v` prints it.
fn shown(value: &Value) -> String {
    match value {
        Value::Bool(b) => b.to_string(),
        Value::Int(n) | Value::Int64(n) => n.to_string(),
        Value::Float(n) => crate::value::number::format_v(*n),
        Value::Nil | Value::Invalid => "<nil>".into(),
        Value::Object(_) => crate::value::format::display_text(value),
        other => other.type_name().to_owned(),
    }
}

fn new_key(call: &Call<'_>) -> Result<Key, FuncError> {
    Key::rsa(call.host, CERTIFICATE_KEY_BITS).map_err(|error| format!("error generating rsa key: {error}").into())
}

/// The key given as PEM at `index`.
fn given_key(call: &Call<'_>, index: usize) -> Result<Key, FuncError> {
    Key::parse(&call.text(index)).map_err(|error| format!("parsing private key: {error}").into())
}

/// A DSA key of 2048 bits over a group of 256, as PEM.
fn dsa_key(host: &dyn Host) -> String {
    let mut random = generator(host);
    let one = BigUint::from(1u32);
    let q = primes::prime::<4>(&mut random, &BigUint::from(2u32));
    let p = primes::prime::<32>(&mut random, &(&q * 2u32));
    // The first small number whose power generates the group.
    let cofactor = (&p - 1u32) / &q;
    let mut powers = (2u32..).map(|base| BigUint::from(base).modpow(&cofactor, &p));
    let g = powers.find(|power| *power != one).unwrap_or_default();
    let x = loop {
        let mut bytes = [0; 32];
        random.fill_bytes(&mut bytes);
        let x = BigUint::from_bytes_be(&bytes);
        if x >= one && x < q {
            break x;
        }
    };
    let y = g.modpow(&x, &p);
    let numbers = [&p, &q, &g, &y, &x].map(|number| integer(&number.to_bytes_be())).concat();
    pem("DSA PRIVATE KEY", &sequence(&[&integer(&[0]), &numbers]))
}

/// `genPrivateKey TYPE`: `rsa` (also for `""`), `dsa`, `ecdsa` or `ed25519` as PEM, or the error's text.
fn gen_private_key(call: &Call<'_>) -> FuncResult {
    let kind = call.str(0);
    call.host.spend(match &kind[..] {
        b"" | b"rsa" => LARGE_KEY_STEPS,
        b"dsa" => DSA_KEY_STEPS,
        _ => SMALL_KEY_STEPS,
    })?;
    let key = match &kind[..] {
        b"" | b"rsa" => Key::rsa(call.host, PRIVATE_KEY_BITS),
        b"ecdsa" => Ok(Key::Ec(p256::SecretKey::random(&mut Random(call.host)))),
        b"ed25519" => {
            let mut secret = [0; 32];
            call.host.random(&mut secret);
            Ok(Key::Ed(Box::new(ed25519_dalek::SigningKey::from_bytes(&secret))))
        }
        b"dsa" => return Ok(Value::from(dsa_key(call.host))),
        other => return Ok(Value::from([b"Unknown type ", other].concat())),
    };
    Ok(Value::from(
        key.and_then(|key| key.to_pem()).unwrap_or_else(|error| format!("failed to generate private key: {error}")),
    ))
}

/// `buildCustomCert CERT KEY`: both base64 of PEM, checked and put together.
fn build_custom_cert(call: &Call<'_>) -> FuncResult {
    let text = |index: usize| decode_base64(&call.str(index)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let cert = text(0).map_err(|_| "unable to decode base64 certificate")?;
    let key = text(1).map_err(|_| "unable to decode base64 private key")?;
    let (_, bytes) = der::read_pem(&cert).ok_or("unable to decode certificate")?;
    if parse_certificate(&bytes).is_none() {
        return Err("error parsing certificate: decodedCert.Bytes: x509: malformed certificate".into());
    }
    Key::parse(&key).map_err(|error| format!("error parsing private key: {error}"))?;
    Ok(Value::object(Certificate { cert, key }))
}

/// `genCA CN DAYS`: an authority that signs itself.
fn gen_ca(call: &Call<'_>) -> FuncResult {
    Request::authority(call).issue(call.host, &new_key(call)?, None)
}

/// `genCAWithKey CN DAYS KEY`.
fn gen_ca_with_key(call: &Call<'_>) -> FuncResult {
    Request::authority(call).issue(call.host, &given_key(call, 2)?, None)
}

/// `genSelfSignedCert CN IPS NAMES DAYS`.
fn gen_self_signed(call: &Call<'_>) -> FuncResult {
    let key = new_key(call)?;
    Request::read(call)?.issue(call.host, &key, None)
}

/// `genSelfSignedCertWithKey CN IPS NAMES DAYS KEY`.
fn gen_self_signed_with_key(call: &Call<'_>) -> FuncResult {
    let key = given_key(call, 4)?;
    Request::read(call)?.issue(call.host, &key, None)
}

/// `genSignedCert CN IPS NAMES DAYS CA`: signed by an authority.
fn gen_signed(call: &Call<'_>) -> FuncResult {
    signed(call, &new_key(call)?)
}

/// `genSignedCertWithKey CN IPS NAMES DAYS CA KEY`.
fn gen_signed_with_key(call: &Call<'_>) -> FuncResult {
    signed(call, &given_key(call, 5)?)
}

fn signed(call: &Call<'_>, key: &Key) -> FuncResult {
    let Some(authority) = call.any(4).as_object::<Certificate>() else {
        return Err("unable to decode certificate".into());
    };
    let (_, bytes) = der::read_pem(&authority.cert).ok_or("unable to decode certificate")?;
    let Some(Parsed { name, key_id, public_info }) = parse_certificate(&bytes) else {
        return Err("error parsing certificate: decodedSignerCert.Bytes: x509: malformed certificate".into());
    };
    let signer = Key::parse(&authority.key).map_err(|error| format!("error parsing private key: {error}"))?;
    let issuer = Issuer { key: &signer, name, key_id, public_info };
    Request::read(call)?.issue(call.host, key, Some(&issuer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::Limits;

    #[test]
    fn four_large_keys_and_twenty_certificates_fit_into_a_run() {
        let steps = usize::try_from(Limits::default().steps).expect("a small number");
        assert!(4 * LARGE_KEY_STEPS < steps);
        assert!(3 * DSA_KEY_STEPS < steps);
        assert!(20 * usize::try_from(KEY_STEPS).expect("a small number") < steps);
    }
}
