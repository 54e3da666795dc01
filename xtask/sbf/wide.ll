target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"

; The library calls that the code generator makes for 128-bit integers, with the result in registers
; as it expects it. (The linker tells IR text by the line above: it has to come first.)

; a * b mod 2^128 = low(a)*low(b) + 2^64 * (high(a)*low(b) + low(a)*high(b)); the first product is
; taken in four 32-bit partial products, since the machine has no 64 by 64 to 128 multiply.
define i128 @__multi3(i128 %a, i128 %b) nounwind memory(none) {
  %a.low = trunc i128 %a to i64
  %b.low = trunc i128 %b to i64
  %a.shifted = lshr i128 %a, 64
  %b.shifted = lshr i128 %b, 64
  %a.high = trunc i128 %a.shifted to i64
  %b.high = trunc i128 %b.shifted to i64

  %x0 = and i64 %a.low, 4294967295
  %x1 = lshr i64 %a.low, 32
  %y0 = and i64 %b.low, 4294967295
  %y1 = lshr i64 %b.low, 32
  %x0y0 = mul i64 %x0, %y0
  %x0y1 = mul i64 %x0, %y1
  %x1y1 = mul i64 %x1, %y1
  ; An identity that the optimiser cannot see through. Without it the four products are recognised as
  ; one 128-bit multiply, which is a call to this very function.
  %x1y0.seen = mul i64 %x1, %y0
  %x1y0 = call i64 asm "", "=r,0"(i64 %x1y0.seen)

  %carry.in = lshr i64 %x0y0, 32
  %middle = add i64 %x1y0, %carry.in
  %middle.low = and i64 %middle, 4294967295
  %middle.high = lshr i64 %middle, 32
  %second = add i64 %x0y1, %middle.low
  %second.high = lshr i64 %second, 32
  %top.partial = add i64 %x1y1, %middle.high
  %top = add i64 %top.partial, %second.high

  %cross.a = mul i64 %a.high, %b.low
  %cross.b = mul i64 %a.low, %b.high
  %top.a = add i64 %top, %cross.a
  %high = add i64 %top.a, %cross.b
  %low = mul i64 %a.low, %b.low

  %low.wide = zext i64 %low to i128
  %high.wide = zext i64 %high to i128
  %high.placed = shl i128 %high.wide, 64
  %product = or i128 %high.placed, %low.wide
  ret i128 %product
}

; Division is compiler-builtins' own, reached through pointers: on how a pointer travels the compiler
; and the code generator agree, on how a 128-bit result does they do not.

declare void @wide_udiv(ptr, ptr, ptr)
define i128 @__udivti3(i128 %dividend, i128 %divisor) nounwind noinline {
  %x = alloca i128, align 8
  %y = alloca i128, align 8
  %result = alloca i128, align 8
  store i128 %dividend, ptr %x, align 8
  store i128 %divisor, ptr %y, align 8
  call void @wide_udiv(ptr %x, ptr %y, ptr %result)
  %value = load i128, ptr %result, align 8
  ret i128 %value
}

declare void @wide_urem(ptr, ptr, ptr)
define i128 @__umodti3(i128 %dividend, i128 %divisor) nounwind noinline {
  %x = alloca i128, align 8
  %y = alloca i128, align 8
  %result = alloca i128, align 8
  store i128 %dividend, ptr %x, align 8
  store i128 %divisor, ptr %y, align 8
  call void @wide_urem(ptr %x, ptr %y, ptr %result)
  %value = load i128, ptr %result, align 8
  ret i128 %value
}

declare void @wide_sdiv(ptr, ptr, ptr)
define i128 @__divti3(i128 %dividend, i128 %divisor) nounwind noinline {
  %x = alloca i128, align 8
  %y = alloca i128, align 8
  %result = alloca i128, align 8
  store i128 %dividend, ptr %x, align 8
  store i128 %divisor, ptr %y, align 8
  call void @wide_sdiv(ptr %x, ptr %y, ptr %result)
  %value = load i128, ptr %result, align 8
  ret i128 %value
}

declare void @wide_srem(ptr, ptr, ptr)
define i128 @__modti3(i128 %dividend, i128 %divisor) nounwind noinline {
  %x = alloca i128, align 8
  %y = alloca i128, align 8
  %result = alloca i128, align 8
  store i128 %dividend, ptr %x, align 8
  store i128 %divisor, ptr %y, align 8
  call void @wide_srem(ptr %x, ptr %y, ptr %result)
  %value = load i128, ptr %result, align 8
  ret i128 %value
}
