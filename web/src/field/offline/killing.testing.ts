/** A browser that is killed: from the n-th write to the store on, nothing is written, and what was not committed is gone. */

/** The page is dead: whatever it still tried has not happened. */
export class Killed extends Error {}

interface Writes {
  put(value: unknown): IDBRequest
  delete(key: unknown): IDBRequest
  transaction: IDBTransaction
}

/** Lets a page live for so many writes; `dead` says whether it has died, `end` gives the store back. */
export function livingFor(writes: number): { dead: () => boolean; end: () => void } {
  const store = (globalThis as unknown as { IDBObjectStore: { prototype: Writes } }).IDBObjectStore.prototype
  const { put, delete: remove } = store
  let left = writes
  function guarded<Args extends unknown[]>(own: (...args: Args) => IDBRequest) {
    return function (this: Writes, ...args: Args): IDBRequest {
      left -= 1
      if (left < 0) {
        try {
          this.transaction.abort()
        } catch {
          // It was aborted by the write before.
        }
        throw new Killed()
      }
      return own.apply(this, args)
    }
  }
  store.put = guarded(put) as Writes['put']
  store.delete = guarded(remove) as Writes['delete']
  return {
    dead: () => left < 0,
    end: () => {
      store.put = put
      store.delete = remove
    },
  }
}
