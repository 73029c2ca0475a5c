import Foundation
import Spunge
import Tensors
import TestSupport
import Testing

struct RunStepCacheTests {
  private let folder: TemporaryFolder
  private let cache: StepCache
  private let key = StepKey(
    step: "unlearn/medicine", version: 1, settings: "layer: 7\n", inputs: ["base": "ab"])

  init() throws {
    folder = try TemporaryFolder()
    cache = StepCache(work: folder.path)
  }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: cache.folder(key)).sorted()
  }

  @Test func finishedStepIsFoundAgain() throws {
    #expect(cache.finished(key) == nil)
    try {
      let step = try #require(try cache.take(key))
      try WholeFile.write("delta", to: "\(step.folder)/delta")
      #expect(cache.finished(key) == nil)
      try step.finish()
    }()
    #expect(cache.finished(key) == cache.folder(key))
    #expect(try names() == ["complete.json", "delta"])
  }

  /// A step that was taken and not finished is left to the next who asks.
  @Test func aStepThatStopsIsLeftToTheNext() throws {
    do { _ = try #require(try cache.take(key)) }
    let next = try cache.take(key)
    #expect(next !== nil)
    try next?.finish()
    let again = try cache.take(key)
    #expect(again === nil)
  }

  /// A file that was cut or is gone: the step is done again.
  @Test(arguments: ["cut", nil] as [String?])
  func damagedStepIsNotFinished(content: String?) throws {
    try {
      let step = try #require(try cache.take(key))
      try WholeFile.write("a whole file", to: "\(step.folder)/deep/delta")
      try step.finish()
    }()
    // What reading leaves behind is no damage.
    try WholeFile.write("{}", to: "\(cache.folder(key))/digests.json")
    #expect(cache.finished(key) != nil)
    let file = "\(cache.folder(key))/deep/delta"
    try FileManager.default.removeItem(atPath: file)
    if let content { try WholeFile.write(content, to: file) }
    #expect(cache.finished(key) == nil)
    let again = try #require(try cache.take(key))
    try WholeFile.write("another", to: file)
    try again.finish()
    #expect(cache.finished(key) != nil)
  }

  private func finish(_ content: String = "a whole file") throws {
    let step = try #require(try cache.take(key, resuming: true))
    try WholeFile.write(content, to: "\(step.folder)/deep/delta")
    try step.finish()
  }

  /// With its size and its times: only its content tells.
  @Test func everyFlippedBitIsFound() throws {
    try finish()
    let file = "\(cache.folder(key))/deep/delta"
    let whole = try Data(contentsOf: URL(filePath: file))
    for bit in 0..<8 {
      var bytes = whole
      bytes[bytes.count / 2] ^= 1 << bit
      try bytes.write(to: URL(filePath: file))
      let sink = NoteSink()
      let cache = StepCache(work: folder.path, progress: sink)
      #expect(cache.finished(key) == nil)
      #expect(sink.notes.count == 1 && sink.notes[0].contains("deep/delta: damaged or edited"))
    }
    // Nothing of it is used, also where a stopped run would be resumed.
    let again = try #require(try cache.take(key, resuming: true))
    #expect(try FileManager.default.contentsOfDirectory(atPath: again.folder) == [".lock"])
  }

  /// As an earlier version left it.
  @Test func aStepWithoutDigestsGetsThem() throws {
    try finish()
    let checks = "\(folder.path)/checks/\(key.folderName).json"
    let text = try String(contentsOfFile: checks, encoding: .utf8)
    try FileManager.default.removeItem(atPath: checks)
    #expect(cache.finished(key) != nil)
    #expect(try String(contentsOfFile: checks, encoding: .utf8) == text)
    try WholeFile.write("a whole fake", to: "\(cache.folder(key))/deep/delta")
    #expect(cache.finished(key) == nil)
  }

  /// Whatever becomes of the records of a step: it counts with its right content, or not at all.
  @Test func damagedRecordsDoNotCount() throws {
    try finish()
    for file in [
      "\(cache.folder(key))/complete.json", "\(folder.path)/checks/\(key.folderName).json",
    ] {
      let whole = try Data(contentsOf: URL(filePath: file))
      var refused = 0
      for place in whole.indices {
        var bytes = whole
        bytes[place] ^= 1 << (place % 8)
        try bytes.write(to: URL(filePath: file))
        if cache.finished(key) == nil { refused += 1 }
      }
      try whole.write(to: URL(filePath: file))
      // The rest is white space, and in complete.json the name of 'sizes'.
      #expect(refused * 2 > whole.count, "\(refused) of \(whole.count)")
    }
    #expect(cache.finished(key) != nil)
  }

  @Test func anyDifferenceIsAnotherStep() {
    var others = [key, key, key, key, key]
    others[0].step = "unlearn/law"
    others[1].version = 2
    others[2].settings = "layer: 8\n"
    others[3].inputs["base"] = "ac"
    others[4].inputs = ["bas": "eab"]
    #expect(Set(others.map(\.digest) + [key.digest]).count == 6)
    #expect(Set(others.map(\.folderName) + [key.folderName]).count == 6)
    #expect(key.folderName.hasPrefix("unlearn-medicine-"))
    // Fixed for ever, computed with another SHA-256: a changed digest would orphan every result on disk.
    #expect(key.digest == "c82de289cdcd8fbd6ea8741510858a7da57f4db18b4207f09979ac2befc28568")
  }

  @Test func halfDoneStepIsCleaned() throws {
    try {
      let step = try #require(try cache.take(key))
      try WholeFile.write("half", to: "\(step.folder)/deep/delta")
    }()
    let again = try #require(try cache.take(key))
    #expect(try FileManager.default.contentsOfDirectory(atPath: again.folder) == [".lock"])
  }

  @Test func resumedStepKeepsWhatIsThere() throws {
    try {
      let step = try #require(try cache.take(key, resuming: true))
      try WholeFile.write("{}\n", to: "\(step.folder)/journal.jsonl")
    }()
    let again = try #require(try cache.take(key, resuming: true))
    #expect(FileManager.default.fileExists(atPath: "\(again.folder)/journal.jsonl"))
    try again.finish()
    withExtendedLifetime(again) {}
  }

  @Test func aFinishedStepIsNotTaken() throws {
    try {
      let step = try #require(try cache.take(key))
      try step.finish()
    }()
    #expect(try cache.take(key, resuming: true) == nil)
    #expect(cache.finished(key) != nil)
  }

  @Test func markerOfAnotherKeyDoesNotCount() throws {
    try WholeFile.write("{\"step\":\"x\"}", to: "\(cache.folder(key))/complete.json")
    #expect(cache.finished(key) == nil)
  }
}

struct RunFileDigestsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// As an unpacked archive has them.
  private func age(_ path: String) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_000_000_000)], ofItemAtPath: path)
  }

  private func status(_ path: String) -> stat {
    var status = stat()
    stat(path, &status)
    return status
  }

  /// Another file of the same size and time, often with the inode that the first had.
  @Test(arguments: [false, true]) func aReplacedFileIsReadAgain(inPlace: Bool) throws {
    let path = try folder.write("model", "weights")
    try age(path)
    let digest = try digests().digest(of: path)
    let before = status(path)
    if !inPlace { try FileManager.default.removeItem(atPath: path) }
    let descriptor = open(path, O_WRONLY | O_CREAT, 0o666)
    #expect(write(descriptor, "WEIGHTS", 7) == 7)
    close(descriptor)
    try age(path)
    let after = status(path)
    #expect(before.st_size == after.st_size && before.st_mtim.tv_sec == after.st_mtim.tv_sec)
    #expect(try digests().digest(of: path) != digest)
  }

  /// A digest that is not as it was written names no model.
  @Test func everyFlippedBitOfTheDigestsIsFound() throws {
    let path = try folder.write("model", "weights")
    let digest = try digests().digest(of: path)
    let file = "\(folder.path)/digests.json"
    let bytes = try Data(contentsOf: URL(filePath: file))
    for place in bytes.indices {
      var damaged = bytes
      damaged[place] ^= 1 << (place % 8)
      try damaged.write(to: URL(filePath: file))
      let sink = NoteSink()
      let second = digests(sink)
      #expect(try second.digest(of: path) == digest)
      #expect(second.filesRead == 1, "byte \(place)")
      #expect(sink.notes.count == 1)
    }
  }

  @Test func digestIsSHA256() throws {
    let path = try folder.write("abc", "abc")
    let digests = FileDigests(work: folder.path)
    // FIPS 180-2, appendix B.1.
    #expect(
      try digests.digest(of: path)
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  private func digests(_ progress: any ProgressSink = SilentProgress()) -> FileDigests {
    FileDigests(work: folder.path, progress: progress) { Date(timeIntervalSinceNow: 60) }
  }

  @Test func unchangedFileIsNotReadAgain() throws {
    let path = try folder.write("model", "weights")
    let first = digests()
    let digest = try first.digest(of: path)
    let second = digests()
    #expect(try second.digest(of: path) == digest)
    #expect(first.filesRead == 1 && second.filesRead == 0)

    try folder.write("model", "WEIGHTS")
    #expect(try second.digest(of: path) != digest)
    #expect(second.filesRead == 1)
  }

  @Test func freshFileIsNotTrusted() throws {
    let path = try folder.write("model", "weights")
    _ = try FileDigests(work: folder.path).digest(of: path)
    let second = FileDigests(work: folder.path)
    _ = try second.digest(of: path)
    #expect(second.filesRead == 1)
  }

  @Test func folderDigestCoversNamesAndContents() throws {
    let digests = FileDigests(work: folder.path)
    var seen: Set<String> = []
    for (name, text) in [("a", "x"), ("a", "y"), ("b", "y")] {
      let model = "\(folder.path)/model"
      try? FileManager.default.removeItem(atPath: model)
      try WholeFile.write(text, to: "\(model)/\(name)")
      seen.insert(try digests.digest(of: model))
    }
    #expect(seen.count == 3)
  }

  @Test func damagedCacheIsIgnored() throws {
    let path = try folder.write("abc", "abc")
    try folder.write("digests.json", "{")
    #expect(try FileDigests(work: folder.path).digest(of: path).hasPrefix("ba7816bf"))
  }

  @Test func absentFileIsNamed() {
    let error = #expect(throws: FileError.self) {
      try FileDigests(work: folder.path).digest(of: "\(folder.path)/absent")
    }
    #expect(error?.description.contains("absent: cannot read") == true)
  }
}
