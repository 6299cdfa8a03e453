/** The part of asl-validator 4 that we use; the package has no types of its own. */
declare module 'asl-validator' {
  interface Validation {
    isValid: boolean;
    /** One line for each problem, for people. */
    errorsText(): string;
  }

  export default function aslValidator(definition: unknown): Validation;
}
