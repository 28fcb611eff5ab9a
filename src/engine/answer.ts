/** Answers that are at hand at once, or promised: where a journal has to write first, or a game lives in another thread. */

export type Answer<T> = T | Promise<T>

/** Goes on with an answer when it is there: at once if it is at hand. */
export function andThen<T, U>(answer: Answer<T>, next: (value: T) => Answer<U>): Answer<U> {
  return isPromise<T>(answer) ? answer.then(next) : next(answer)
}

/** All answers, when the last of them is there: at once if they are at hand. */
export function allOf<T>(answers: readonly Answer<T>[]): Answer<T[]> {
  return answers.some(isPromise) ? Promise.all(answers.map((answer) => Promise.resolve(answer))) : (answers as T[])
}

/** True for anything that can be waited for. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
