import Formats
import Foundation

/// `checks/<step>.json` in the work folder: SHA-256 of each file of a finished step.
///
/// It is outside the step's folder because that folder's digest is part of the keys of dependent steps.
struct StepDigests: Codable {
  /// File → SHA-256.
  let files: [String: String]
  /// Checksum of `files`.
  private let check: String

  /// Digests of the files in `folder` now.
  init(_ names: some Sequence<String>, in folder: String) throws {
    files = try names.reduce(into: [:]) { files, name in
      files[name] = try FileDigests.sha256(of: "\(folder)/\(name)")
    }
    check = try Self.check(files)
  }

  enum Reading {
    /// There are none: an earlier version finished the step.
    case absent
    case damaged
    case read(StepDigests)
  }

  static func read(_ path: String) -> Reading {
    guard FileManager.default.fileExists(atPath: path) else { return .absent }
    guard let data = try? Data(contentsOf: URL(filePath: path)),
      let digests = try? JSON.decode(StepDigests.self, from: data),
      (try? check(digests.files)) == digests.check
    else { return .damaged }
    return .read(digests)
  }

  func write(to path: String) throws {
    try WholeFile.write(JSON.text(self), to: path)
  }

  /// The first file that has changed since the step was finished.
  func damaged(in folder: String) -> String? {
    files.sorted(by: <).first { name, digest in
      (try? FileDigests.sha256(of: "\(folder)/\(name)")) != digest
    }?.key
  }

  private static func check(_ files: [String: String]) throws -> String {
    Checksum.text(of: try JSON.encoder(pretty: true).encode(files))
  }
}
