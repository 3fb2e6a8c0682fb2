import { elementBuilder, type XmlElement } from '@interlock/netconf';
import type { Config } from './configuration.js';

/** The namespace of Huawei's `rollback-by-commit-id`. */
export const CFG_NS = 'urn:huawei:yang:huawei-cfg';
const cfg = elementBuilder(CFG_NS);

const kept = 80;

/** The last configurations that a device had running, by the commits that made them. */
export class Commits {
  readonly #configs = new Map<string, Config>();
  #last = 1_000_000_000;

  constructor(running: Config) {
    this.#configs.set(this.last, running);
  }

  get last(): string {
    return String(this.#last);
  }

  /** The id of the last commit, as a reply and the device's state name it. */
  get element(): XmlElement {
    return cfg('commit-id', this.last);
  }

  /** Takes the running configuration after it may have changed. */
  note(running: Config): void {
    if (this.#configs.get(this.last) === running) return;
    this.#last += 1;
    this.#configs.set(this.last, running);
    this.#configs.delete(String(this.#last - kept));
  }

  find(id: string): Config | undefined {
    return this.#configs.get(id);
  }
}
