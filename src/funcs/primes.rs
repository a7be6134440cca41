//! Large random primes, quickly: a sieve, then Miller-Rabin over numbers of fixed width.
//!
//! In: random numbers. Out: probable primes. The same random numbers give the same primes
//! everywhere.

use num_bigint::BigUint;
use rand_chacha::ChaCha20Rng;
use rand_core::RngCore as _;
use std::sync::LazyLock;

/// Candidates that one sieve covers: several primes among them at 2048 bits.
const WINDOW: usize = 4096;

/// The odd primes below 2^16.
static SMALL_PRIMES: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let mut composite = vec![false; 1 << 16];
    let mut primes = Vec::new();
    for number in (3..composite.len()).step_by(2) {
        if composite.get(number).is_some_and(|composite| !composite) {
            primes.push(number as u32);
            composite.iter_mut().skip(number * number).step_by(number).for_each(|composite| *composite = true);
        }
    }
    primes
});

/// A random prime of exactly `64 * N` bits that is 1 modulo `step` (even, not divisible by
/// another small prime). The two top bits are set, so a product of two has full length.
pub(super) fn prime<const N: usize>(random: &mut ChaCha20Rng, step: &BigUint) -> BigUint {
    let mut bytes = vec![0; 8 * N];
    loop {
        random.fill_bytes(&mut bytes);
        let mut start = BigUint::from_bytes_le(&bytes);
        let top = 64 * N as u64;
        start.set_bit(top - 1, true);
        start.set_bit(top - 2, true);
        start += step - &start % step + 1u32;
        let composite = sieve(&start, step);
        for (index, _) in composite.iter().enumerate().filter(|(_, composite)| !**composite) {
            let candidate = &start + step * index;
            if candidate.bits() == top && is_probable_prime::<N>(&candidate, random) {
                return candidate;
            }
        }
    }
}

/// Which of `start`, `start + step`, … have a small factor.
fn sieve(start: &BigUint, step: &BigUint) -> Vec<bool> {
    let mut composite = vec![false; WINDOW];
    for &small in SMALL_PRIMES.iter() {
        let first = if step.bits() == 2 {
            // The step is 2, whose inverse is plain.
            u64::from(small.div_ceil(2))
        } else {
            power(remainder(step, small), small - 2, small)
        };
        let first = first * u64::from(small - remainder(start, small)) % u64::from(small);
        let marked = composite.iter_mut().skip(first as usize).step_by(small as usize);
        marked.for_each(|composite| *composite = true);
    }
    composite
}

fn remainder(number: &BigUint, modulus: u32) -> u32 {
    u32::try_from(number % modulus).unwrap_or_default()
}

fn power(base: u32, mut exponent: u32, modulus: u32) -> u64 {
    let (modulus, mut square, mut out) = (u64::from(modulus), u64::from(base), 1);
    while exponent > 0 {
        if exponent & 1 == 1 {
            out = out * square % modulus;
        }
        square = square * square % modulus;
        exponent >>= 1;
    }
    out
}

/// Miller-Rabin to base 2, which sorts out all but all composites, then to random bases: as
/// many as FIPS 186-5 asks for.
fn is_probable_prime<const N: usize>(candidate: &BigUint, random: &mut ChaCha20Rng) -> bool {
    // Unoptimized builds get through the many composites by a library that is optimized.
    if cfg!(debug_assertions) && BigUint::from(2u32).modpow(&(candidate - 1u32), candidate) != BigUint::from(1u32) {
        return false;
    }
    let modulus = Modulus::<N>::new(words(candidate));
    if !modulus.passes(None) {
        return false;
    }
    let rounds = if N < 16 { 64 } else { 4 };
    (0..rounds).all(|_| {
        let mut base = [0; N];
        base.iter_mut().for_each(|word| *word = random.next_u64());
        // Any residue will do: this is one, in Montgomery's form, below the modulus.
        base.last_mut().into_iter().for_each(|top| *top >>= 1);
        modulus.passes(Some(&base))
    })
}

/// Little-endian words of a number.
type Words<const N: usize> = [u64; N];

fn words<const N: usize>(number: &BigUint) -> Words<N> {
    let mut words = [0; N];
    words.iter_mut().zip(number.iter_u64_digits()).for_each(|(word, digit)| *word = digit);
    words
}

/// An odd modulus with its top bit set; numbers are in Montgomery's form.
struct Modulus<const N: usize> {
    value: Words<N>,
    /// Minus the inverse of the lowest word.
    inverse: u64,
    one: Words<N>,
}

impl<const N: usize> Modulus<N> {
    fn new(value: Words<N>) -> Self {
        let low = value.first().copied().unwrap_or(1);
        // Each step of Newton's doubles the right bits.
        let inverse = (0..6).fold(1u64, |out, _| out.wrapping_mul(2u64.wrapping_sub(low.wrapping_mul(out))));
        let (one, _) = subtract(&[0; N], &value);
        Modulus { value, inverse: inverse.wrapping_neg(), one }
    }

    /// The strong test to a base, or to 2.
    fn passes(&self, base: Option<&Words<N>>) -> bool {
        let (minus_one, _) = subtract(&self.value, &self.one);
        let mut even = self.value;
        even.iter_mut().take(1).for_each(|low| *low &= !1);
        let zeros = (0..64 * N).find(|bit| is_set(&even, *bit)).unwrap_or(1);
        let mut x = self.one;
        for bit in (zeros..64 * N).rev() {
            x = self.multiply(&x, &x);
            if is_set(&even, bit) {
                x = base.map_or_else(|| self.double(&x), |base| self.multiply(&x, base));
            }
        }
        if x == self.one || x == minus_one {
            return true;
        }
        (1..zeros).any(|_| {
            x = self.multiply(&x, &x);
            x == minus_one
        })
    }

    fn double(&self, a: &Words<N>) -> Words<N> {
        let mut carry = 0;
        let double = a.map(|word| {
            let out = word << 1 | carry;
            carry = word >> 63;
            out
        });
        self.reduce(double, carry != 0)
    }

    fn multiply(&self, a: &Words<N>, b: &Words<N>) -> Words<N> {
        let (mut sum, mut top) = ([0; N], 0);
        for &b in b {
            // The product and its reduction in one go: two chains of carries side by side.
            let (low, mut carry) = multiply_add(sum[0], a[0], b, 0);
            let factor = low.wrapping_mul(self.inverse);
            let (_, mut reduced) = multiply_add(low, factor, self.value[0], 0);
            for at in 1..N {
                let part;
                (part, carry) = multiply_add(sum[at], a[at], b, carry);
                (sum[at - 1], reduced) = multiply_add(part, factor, self.value[at], reduced);
            }
            let last = u128::from(top) + u128::from(carry) + u128::from(reduced);
            sum[N - 1] = last as u64;
            top = (last >> 64) as u64;
        }
        self.reduce(sum, top != 0)
    }

    /// Brings a number below twice the modulus under it.
    fn reduce(&self, number: Words<N>, overflow: bool) -> Words<N> {
        let (less, borrow) = subtract(&number, &self.value);
        if overflow || !borrow { less } else { number }
    }
}

fn is_set(words: &[u64], bit: usize) -> bool {
    words.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
}

/// `sum + a * b + carry`, which fits: low word, high word.
fn multiply_add(sum: u64, a: u64, b: u64, carry: u64) -> (u64, u64) {
    let wide = u128::from(sum) + u128::from(a) * u128::from(b) + u128::from(carry);
    (wide as u64, (wide >> 64) as u64)
}

/// `a - b` and whether it wrapped.
fn subtract<const N: usize>(a: &Words<N>, b: &Words<N>) -> (Words<N>, bool) {
    let (mut out, mut borrow) = ([0; N], false);
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        let (part, first) = a.overflowing_sub(*b);
        let (part, second) = part.overflowing_sub(u64::from(borrow));
        (*out, borrow) = (part, first | second);
    }
    (out, borrow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::SeedableRng as _;

    #[test]
    fn the_test_knows_primes_from_composites() {
        let mut random = ChaCha20Rng::seed_from_u64(1);
        // 2^64 - 59 is the largest prime of one word.
        let prime =
            |below: u64, random: &mut _| is_probable_prime::<1>(&BigUint::from(0u64.wrapping_sub(below)), random);
        let found: Vec<u64> = (1..100).step_by(2).filter(|below| prime(*below, &mut random)).collect();
        assert_eq!(found, [59, 83, 95]);
    }

    #[test]
    fn a_prime_keeps_its_length_and_step() {
        let mut random = ChaCha20Rng::seed_from_u64(2);
        let q = prime::<4>(&mut random, &BigUint::from(2u32));
        let p = prime::<8>(&mut random, &(&q * 2u32));
        assert_eq!((q.bits(), p.bits()), (256, 512));
        assert_eq!(&p % &q, BigUint::from(1u32));
        let two = BigUint::from(2u32);
        assert_eq!(two.modpow(&(&p - 1u32), &p), BigUint::from(1u32));
    }
}
