//! 128-bit division for the SBF linker's library calls: operands and result behind pointers.

use crate::int::{sdiv, udiv};

#[unsafe(no_mangle)]
pub unsafe extern "C" fn wide_udiv(dividend: *const u128, divisor: *const u128, quotient: *mut u128) {
    unsafe { quotient.write(udiv::__udivti3(dividend.read(), divisor.read())) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn wide_urem(dividend: *const u128, divisor: *const u128, remainder: *mut u128) {
    unsafe { remainder.write(udiv::__umodti3(dividend.read(), divisor.read())) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn wide_sdiv(dividend: *const i128, divisor: *const i128, quotient: *mut i128) {
    unsafe { quotient.write(sdiv::__divti3(dividend.read(), divisor.read())) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn wide_srem(dividend: *const i128, divisor: *const i128, remainder: *mut i128) {
    unsafe { remainder.write(sdiv::__modti3(dividend.read(), divisor.read())) }
}
