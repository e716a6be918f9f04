// What the device keeps until the centre has it, in IndexedDB: nothing here is lost by closing the
// browser. `queue` holds scans in the order they were made (seq), `notices` what a person must see.

const NAME = "ioc-scan";

/** Open the store of this device; two tabs share it. */
export async function openStore() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("queue", { keyPath: "seq", autoIncrement: true });
    request.result.createObjectStore("notices", { keyPath: "id" });
    request.result.createObjectStore("settings");
  };
  return new Store(await value(request));
}

class Store {
  constructor(db) {
    this.db = db;
    // Another version wants to open it: let it, the page says so when its next step fails.
    db.onversionchange = () => db.close();
  }

  /** Keep a scan; it is on the disk when this resolves. */
  async add(scan) {
    const tx = this.change("queue");
    tx.objectStore("queue").add(scan);
    await done(tx);
  }

  /** Return the first `most` scans that were not answered, oldest first. */
  first(most) {
    return value(this.look("queue").getAll(null, most));
  }

  count() {
    return value(this.look("queue").count());
  }

  /**
   * Take answered scans out of the queue and keep what a person must see, all or nothing.
   * `answered`: the scans as `first` gave them; `notices`: what to keep of some of them.
   */
  async settle(answered, notices) {
    const tx = this.change("queue", "notices");
    for (const scan of answered) tx.objectStore("queue").delete(scan.seq);
    for (const notice of notices) tx.objectStore("notices").put(notice);
    await done(tx);
  }

  async notices() {
    const kept = await value(this.look("notices").getAll());
    return kept.sort((a, b) => a.scanned_at.localeCompare(b.scanned_at));
  }

  /** Forget a notice: a person has seen it. */
  async seen(id) {
    const tx = this.change("notices");
    tx.objectStore("notices").delete(id);
    await done(tx);
  }

  get(name) {
    return value(this.look("settings").get(name));
  }

  async set(name, setting) {
    const tx = this.change("settings");
    tx.objectStore("settings").put(setting, name);
    await done(tx);
  }

  look(name) {
    return this.db.transaction(name).objectStore(name);
  }

  change(...names) {
    return this.db.transaction(names, "readwrite", { durability: "strict" });
  }
}

function value(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function done(tx) {
  return new Promise((resolve, reject) => {
    tx.oncomplete = () => resolve();
    tx.onabort = () => reject(tx.error);
    tx.onerror = () => reject(tx.error);
  });
}
