import Formats
import Foundation
package import LanguageModels
package import Tensors

/// A model stored as changes to a base model.
///
/// A folder with `overlay.json` and the changes as safetensors: differences from the base, or low-rank factors. The
/// base is not copied; its digests are recorded.
package struct ModelOverlay {
  package let path: String
  package let record: Record
  package let base: ModelDirectory
  /// What changed.
  package let delta: ParameterDelta

  /// `overlay.json`.
  package struct Record: Codable, Sendable, Hashable {
    /// Version of this format.
    package var schema = 1
    package var base: Base
    /// Name of the file with the changes, in the overlay's folder.
    package var changes: String
    /// Pairs of low-rank factors in that file; empty if it has differences.
    package var products: [LowRankFactors]
    package var provenance: Provenance
    /// SHA-256 of the file with the changes; nil in records of earlier versions.
    package private(set) var changesSHA256: String?
    /// Checksum of all other fields; nil in records of earlier versions.
    private var check: String?

    package init(
      base: Base, changes: String, products: [LowRankFactors] = [], provenance: Provenance
    ) {
      self.base = base
      self.changes = changes
      self.products = products
      self.provenance = provenance
    }

    /// The record with the digest of the changes that are in `folder` now.
    fileprivate func sealed(in folder: String) throws -> Record {
      var record = self
      record.changesSHA256 = try FileDigests.sha256(of: "\(folder)/\(changes)")
      record.check = try record.checksum
      return record
    }

    /// Whether the fields match their checksum.
    fileprivate var isWhole: Bool {
      get throws { try check == nil || check == checksum }
    }

    private var checksum: String {
      get throws {
        var record = self
        record.check = nil
        return Checksum.text(of: try JSON.encoder(pretty: true).encode(record))
      }
    }
  }

  /// The base model and its files.
  package struct Base: Codable, Sendable, Hashable {
    /// Folder or .gguf file.
    package var path: String
    /// Configuration, weights and tokenizer, in a fixed order.
    package var files: [File]
  }

  /// A file by its name in the base's folder.
  package struct File: Codable, Sendable, Hashable {
    package var name: String
    package var sha256: String
  }

  private static let recordName = "overlay.json"
  package static let deltaName = "delta.safetensors"

  /// Whether the folder `path` is an overlay.
  package static func isOverlay(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(path)/\(recordName)")
  }

  /// Opens the overlay at `path` and checks the digests of its base and of its changes.
  ///
  /// - Parameter base: path of the base; nil for the recorded path.
  /// - Throws: `ModelOverlayError`, and what opening models throws.
  package static func open(_ path: String, base: String? = nil) throws -> ModelOverlay {
    let record = try readRecord(path)
    let place = base ?? record.base.path
    guard FileManager.default.fileExists(atPath: place) else {
      throw ModelOverlayError.noBase(overlay: path, base: place)
    }
    let directory = try ModelDirectory.open(place)
    try check(directory, against: record.base, overlay: path)
    try checkChanges(record, overlay: path)
    let file = try SafetensorsFile(path: "\(path)/\(record.changes)")
    let changes: any Checkpoint
    do throws(LowRankError) {
      changes =
        record.products.isEmpty
        ? file : try LowRankCheckpoint(factors: file, products: record.products)
    } catch {
      throw ModelOverlayError.invalid(file: "\(path)/\(recordName)", reason: error.description)
    }
    // Changes to an untied output head need a base that has one.
    let ownHead = changes.description(of: DecoderNames.head) != nil
    return ModelOverlay(
      path: path, record: record, base: ownHead ? directory.untied : directory,
      delta: ParameterDelta(name: path, checkpoint: changes))
  }

  /// Base and changes as one model.
  ///
  /// - Throws: `MergeError` for changes that do not fit the base.
  package func model() throws -> ModelDirectory {
    try base.replacing(
      weights: SumCheckpoint(base: base.checkpoint, delta: delta),
      files: ["\(path)/\(Self.recordName)", "\(path)/\(record.changes)"])
  }

  /// Writes base and changes as an overlay.
  ///
  /// - Parameter path: must not exist yet.
  /// - Throws: `FileError`, `MergeError.notFinite`; no files are left behind.
  package static func write(
    _ delta: ParameterDelta, on base: ModelDirectory, provenance: Provenance, to path: String
  ) throws {
    try SumCheckpoint(base: base.checkpoint, delta: delta).checkAllFinite()
    try AtomicFolder.write(to: path) { folder in
      let lowRank = delta.checkpoint as? LowRankCheckpoint
      try SafetensorsWriter.write(
        lowRank?.factors ?? delta.checkpoint, to: "\(folder)/\(deltaName)"
      ) { _ in .float32 }
      let record = Record(
        base: try self.base(base, digests: FileDigests(work: folder)), changes: deltaName,
        products: lowRank?.products ?? [], provenance: provenance)
      try write(record, to: folder)
    }
  }

  /// Writes `record` to the folder with its changes.
  package static func write(_ record: Record, to folder: String) throws {
    let sealed = try record.sealed(in: folder)
    try WholeFile.write(JSON.text(sealed), to: "\(folder)/\(recordName)")
  }

  /// The record of a base.
  package static func base(_ base: ModelDirectory, digests: FileDigests) throws -> Base {
    Base(
      path: URL(filePath: base.path).standardizedFileURL.path,
      files: try base.sourceFiles.map { file in
        File(name: (file as NSString).lastPathComponent, sha256: try digests.digest(of: file))
      })
  }

  /// Throws unless `directory` has the recorded files.
  package static func check(
    _ directory: ModelDirectory, against recorded: Base, overlay: String
  ) throws {
    let actual = try base(directory, digests: FileDigests(work: overlay)).files
    func differs(_ reason: String) -> ModelOverlayError {
      .baseDiffers(overlay: overlay, base: directory.path, reason: reason)
    }
    for (file, expected) in zip(actual, recorded.files) where file.sha256 != expected.sha256 {
      throw differs(
        "'\(file.name.shown())' has SHA-256 \(file.sha256.shown(limit: 16)), "
          + "but '\(expected.name.shown())' had \(expected.sha256.shown(limit: 16))")
    }
    guard actual.count == recorded.files.count else {
      throw differs(
        "it has the files \(NameList.text(actual.map(\.name))), but had "
          + NameList.text(recorded.files.map(\.name)))
    }
  }

  /// Throws unless the changes have the recorded digest.
  private static func checkChanges(_ record: Record, overlay: String) throws {
    guard let expected = record.changesSHA256 else { return }
    let file = "\(overlay)/\(record.changes)"
    let actual = try FileDigests.sha256(of: file)
    guard actual == expected else {
      throw ModelOverlayError.invalid(
        file: file,
        reason: "damaged or edited: its SHA-256 is \(actual.prefix(16))…, but \(recordName) has "
          + "\(expected.shown(limit: 16))…")
    }
  }

  private static func readRecord(_ path: String) throws -> Record {
    let file = "\(path)/\(recordName)"
    let record: Record
    do {
      record = try JSON.decode(Record.self, from: Data(contentsOf: URL(filePath: file)))
    } catch let error as DecodingError {
      throw ModelOverlayError.invalid(file: file, reason: Self.reason(error))
    } catch {
      throw ModelOverlayError.invalid(file: file, reason: error.localizedDescription)
    }
    guard record.schema == 1 else {
      throw ModelOverlayError.invalid(
        file: file, reason: "its format version is \(record.schema); this program reads version 1")
    }
    // The name is shown as a path, so that a long one, or one with control characters, is no name.
    guard !record.changes.isEmpty, !record.changes.contains("/"),
      record.changes.shown() == record.changes
    else {
      throw ModelOverlayError.invalid(
        file: file, reason: "'changes' is '\(record.changes.shown())', not a file in its folder")
    }
    guard try record.isWhole else {
      throw ModelOverlayError.invalid(
        file: file, reason: "damaged or edited: its fields do not match the checksum in 'check'")
    }
    return record
  }

  private static func reason(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "'\(key.stringValue.shown())' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "'\(context.codingPath.map(\.stringValue).joined(separator: ".").shown())' has the wrong type"
    default: "it is not valid JSON"
    }
  }
}

/// Why an overlay cannot be used.
package enum ModelOverlayError: InputFailure, CustomStringConvertible, Equatable {
  case invalid(file: String, reason: String)
  case noBase(overlay: String, base: String)
  case baseDiffers(overlay: String, base: String, reason: String)

  package var description: String {
    switch self {
    case .invalid(let file, let reason):
      "\(file.shown(limit: 500)): \(reason.shown(limit: 600)); write the overlay again with 'unlearn --overlay' or 'merge --overlay'; "
        + "if 'run' wrote it, remove its folder and rerun the command"
    case .noBase(let overlay, let base):
      "\(overlay.shown(limit: 500)): its base '\(base.shown(limit: 500))' does not exist; give the base's path with --base"
    case .baseDiffers(let overlay, let base, let reason):
      "\(overlay.shown(limit: 500)): '\(base.shown(limit: 500))' is not the base that the overlay was made from: "
        + "\(reason.shown(limit: 600)); give the path of that base with --base"
    }
  }
}
