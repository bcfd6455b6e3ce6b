/** What went wrong, as every door says it: a code, a sentence, and what to do about it. */
export class ApiError extends Error {
  /**
   * @param code - one of `jupyter_coimprove.errors`, or of {@link ClientCode} when no answer came
   * @param remedy - what the person can do; may be empty
   * @param status - of HTTP; 0 when there was no answer
   */
  constructor(
    readonly code: string,
    message: string,
    readonly remedy = '',
    readonly status = 0
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** Codes for what the server could not say itself. */
export type ClientCode = 'unreachable' | 'login' | 'extension_missing' | 'version' | 'answer';

/** Any error as one that can be shown. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) {
    return error;
  }
  return new ApiError('answer', error instanceof Error ? error.message : String(error));
}
