/** Nominal types: a value that only its parser or named constructor can make. */

declare const brand: unique symbol

/** `Brand<number, 'ms'>` is a number that only code asserting the unit can produce. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }
