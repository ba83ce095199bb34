/** Sentences as they lie in the locale folders. */
export interface Words {
  [key: string]: string | Words
}

/** All rooms' sentences together. */
export const gathered = (rooms: Record<string, Words>): Words => Object.assign({}, ...Object.values(rooms))
