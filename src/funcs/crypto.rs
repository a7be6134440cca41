//! Password hashes, derived passwords, AES and random identifiers.
//!
//! In: texts, and random bytes of the run. Out: texts. Certificates and keys are in
//! [`super::certs`].

use super::encoding::decode_base64;
use crate::eval::call::{Call, Func, FuncResult, Purity, Type};
use crate::value::Value;
use aes::Aes256;
use aes::cipher::block_padding::{NoPadding, Pkcs7};
use aes::cipher::{BlockDecryptMut as _, BlockEncryptMut as _, KeyIvInit as _};
use data_encoding::{BASE64, HEXLOWER};
use hmac::Mac as _;

/// The family's rows.
pub(crate) const CRYPTO: &[Func] = &[
    Func::fixed("bcrypt", &[Type::Str], bcrypt).costs(HASH_STEPS).with(Purity::Random),
    Func::fixed("htpasswd", &[Type::Str, Type::Str], htpasswd).costs(HASH_STEPS).with(Purity::Random),
    Func::fixed("derivePassword", &[Type::Int, Type::Str, Type::Str, Type::Str, Type::Str], derive_password)
        .costs(3 * HASH_STEPS),
    Func::fixed("encryptAES", &[Type::Str, Type::Str], encrypt_aes).with(Purity::Random),
    Func::fixed("decryptAES", &[Type::Str, Type::Str], decrypt_aes),
    Func::fixed("uuidv4", &[], uuidv4).with(Purity::Random),
];

/// Steps of a slow hash, which takes as long as so many: with the usual limit a run ends after
/// some twenty. The one of `derivePassword` is slower still.
const HASH_STEPS: u32 = 400_000;

/// Go's `bcrypt.DefaultCost`.
const BCRYPT_COST: u32 = 10;
/// Most bytes of a password that bcrypt looks at; Go refuses longer ones.
const BCRYPT_MAX_BYTES: usize = 72;

fn bcrypt_hash(call: &Call<'_>, password: &[u8]) -> String {
    if password.len() > BCRYPT_MAX_BYTES {
        return "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes".into();
    }
    let mut salt = [0; 16];
    call.host.random(&mut salt);
    match ::bcrypt::hash_with_salt(password, BCRYPT_COST, salt) {
        Ok(hash) => hash.format_for_version(::bcrypt::Version::TwoA),
        Err(error) => format!("failed to encrypt string with bcrypt: {error}"),
    }
}

/// `bcrypt PASSWORD`: a hash, or the error's text.
fn bcrypt(call: &Call<'_>) -> FuncResult {
    Ok(Value::from(bcrypt_hash(call, &call.str(0))))
}

/// `htpasswd USER PASSWORD`: a line of a password file, or the error's text.
fn htpasswd(call: &Call<'_>) -> FuncResult {
    let mut line = call.str(0).to_vec();
    if line.contains(&b':') {
        return Ok(Value::from([b"invalid username: ", &line[..]].concat()));
    }
    line.push(b':');
    line.extend(bcrypt_hash(call, &call.str(1)).bytes());
    Ok(Value::from(line))
}

/// The shapes of passwords per type; each letter names a set of characters.
fn templates(kind: &[u8]) -> Option<&'static [&'static str]> {
    Some(match kind {
        b"maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        b"long" => &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
        b"medium" => &["CvcnoCvc", "CvcCvcno"],
        b"short" => &["Cvcn"],
        b"basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        b"pin" => &["nnnn"],
        _ => return None,
    })
}

/// The characters that a letter of a template stands for.
fn characters(letter: u8) -> &'static [u8] {
    match letter {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// `derivePassword COUNTER TYPE MASTER USER SITE`: the Master Password algorithm.
fn derive_password(call: &Call<'_>) -> FuncResult {
    const SEED: &[u8] = b"com.lyndir.masterpassword";
    let (kind, master, user, site) = (call.str(1), call.str(2), call.str(3), call.str(4));
    let Some(templates) = templates(&kind) else {
        return Ok(Value::from([b"cannot find password template ", &kind[..]].concat()));
    };
    let length = |text: &[u8]| u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
    let salt = [SEED, &length(&user), &user].concat();
    let mut key = [0; 64];
    let params = scrypt::Params::new(15, 8, 2, 64).map_err(|error| error.to_string())?;
    scrypt::scrypt(&master, &salt, &params, &mut key).map_err(|error| error.to_string())?;
    let counter = (call.int(0) as u32).to_be_bytes();
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(&key).map_err(|error| error.to_string())?;
    mac.update(&[SEED, &length(&site), &site, &counter].concat());
    let seed = mac.finalize().into_bytes();
    let pick = |at: usize, count: usize| seed.get(at).map_or(0, |byte| usize::from(*byte)) % count.max(1);
    let template = templates.get(pick(0, templates.len())).copied().unwrap_or_default();
    let letters = template.bytes().enumerate().filter_map(|(index, letter)| {
        let characters = characters(letter);
        characters.get(pick(index + 1, characters.len())).copied()
    });
    Ok(Value::from(letters.collect::<Vec<u8>>()))
}

/// The password as an AES-256 key: cut or filled up with zeros.
fn aes_key(password: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    key.iter_mut().zip(password).for_each(|(key, byte)| *key = *byte);
    key
}

/// `encryptAES PASSWORD TEXT`: AES-256-CBC under a random first block, in base64.
fn encrypt_aes(call: &Call<'_>) -> FuncResult {
    let text = call.str(1);
    if text.is_empty() {
        return Ok(Value::from(""));
    }
    let mut iv = [0; 16];
    call.host.random(&mut iv);
    let cipher = cbc::Encryptor::<Aes256>::new(&aes_key(&call.str(0)).into(), &iv.into());
    let encrypted = cipher.encrypt_padded_vec_mut::<Pkcs7>(&text);
    Ok(Value::from(BASE64.encode(&[&iv[..], &encrypted].concat())))
}

/// `decryptAES PASSWORD TEXT`: undoes `encryptAES`. A wrong password gives an error or rubbish;
/// the messages are those of Go's crash in these cases.
fn decrypt_aes(call: &Call<'_>) -> FuncResult {
    let text = call.str(1);
    if text.is_empty() {
        return Ok(Value::from(""));
    }
    let bytes = decode_base64(&text)?;
    let Some((iv, encrypted)) = bytes.split_first_chunk::<16>() else {
        let capacity = text.len() / 4 * 3;
        return Err(format!("runtime error: slice bounds out of range [:16] with capacity {capacity}").into());
    };
    if encrypted.len() % 16 != 0 {
        return Err("crypto/cipher: input not full blocks".into());
    }
    let cipher = cbc::Decryptor::<Aes256>::new(&aes_key(&call.str(0)).into(), iv.into());
    let mut plain = cipher.decrypt_padded_vec_mut::<NoPadding>(encrypted).map_err(|error| error.to_string())?;
    let Some(padding) = plain.last().map(|byte| usize::from(*byte)) else {
        return Err("runtime error: index out of range [-1]".into());
    };
    let Some(length) = plain.len().checked_sub(padding) else {
        return Err(format!("runtime error: slice bounds out of range [:-{}]", padding - plain.len()).into());
    };
    plain.truncate(length);
    Ok(Value::from(plain))
}

/// `uuidv4`: a random UUID.
fn uuidv4(call: &Call<'_>) -> FuncResult {
    let mut bytes = [0; 16];
    call.host.random(&mut bytes);
    let mut number = u128::from_be_bytes(bytes);
    // Version 4, variant 10.
    number = number & !(0xf << 76) | 0x4 << 76;
    number = number & !(0x3 << 62) | 0x2 << 62;
    let hex = HEXLOWER.encode(&number.to_be_bytes());
    let groups: Vec<&str> =
        [0..8, 8..12, 12..16, 16..20, 20..32].into_iter().map(|range| hex.get(range).unwrap_or_default()).collect();
    Ok(Value::from(groups.join("-")))
}
