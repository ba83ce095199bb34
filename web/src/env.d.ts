/// <reference types="vite/client" />
declare module 'element-plus/es/locale/lang/zh-cn'
declare module 'element-plus/es/locale/lang/en'

/** Bars in time; the library brings no types of its own. */
declare module 'frappe-gantt' {
  export default class Gantt {
    constructor(host: HTMLElement, tasks: object[], options: Record<string, unknown>)
  }
}
