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

  private func age(_ path: String) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -60)], ofItemAtPath: path)
  }

  @Test func digestIsSHA256() throws {
    let path = try folder.write("abc", "abc")
    let digests = FileDigests(work: folder.path)
    // FIPS 180-2, appendix B.1.
    #expect(
      try digests.digest(of: path)
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test func unchangedFileIsNotReadAgain() throws {
    let path = try folder.write("model", "weights")
    try age(path)
    let first = FileDigests(work: folder.path)
    let digest = try first.digest(of: path)
    let second = FileDigests(work: folder.path)
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
