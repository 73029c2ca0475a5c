import ArgumentParser
import Formats
import Foundation
import LanguageModels
import Spunge
import Tensors

/// How an unlearned or merged model is written.
struct ModelOutput: ParsableArguments {
  @Option(help: "Folder to write; must not exist.") var output: String

  @Flag(help: "Write only what changed, with the base's digests; see 'export'.")
  var overlay = false

  @Option(help: "Type of the written weights: F32, BF16 or F16 (default: the base's).")
  var outDtype: FloatFormat?

  func validate() throws {
    if overlay, outDtype != nil {
      throw ValidationError("--out-dtype belongs to 'export' when --overlay is given")
    }
  }

  /// Asked before the work, not after it. What a killed run left of these folders is removed.
  /// - Parameters:
  ///   - folders: are to be made.
  ///   - files: are to be written, or to be replaced.
  ///   - inputs: are read, and none of `files`.
  /// - Throws: `FileError` where one of the folders is there, or one of them all cannot be written.
  static func check(
    folders: [String?], files: [String?] = [], inputs: [String] = []
  ) throws {
    for folder in folders.compactMap(\.self) {
      Leftovers.remove(of: folder)
      guard !FileManager.default.fileExists(atPath: folder) else {
        throw FileError.exists(path: folder)
      }
      try OutputPlace.check(folder)
    }
    let places = folders.compactMap(\.self).map(standardized)
    for file in files.compactMap(\.self) {
      let path = standardized(file)
      guard !places.contains(where: { path == $0 || path.hasPrefix($0 + "/") }) else {
        throw ValidationError(
          "\(file.shown()): lies in a folder that is made last, as a whole; name another place")
      }
      try OutputPlace.checkFile(file)
      try OutputPlace.check(file, apartFrom: [], models: inputs)
    }
  }

  private static func standardized(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }

  /// Writes `base` with `delta`.
  ///
  /// - Parameter provenance: asked for only when it is written.
  func write(
    _ delta: ParameterDelta, on base: ModelDirectory, provenance: () throws -> Provenance
  ) throws {
    if overlay {
      return try ModelOverlay.write(delta, on: base, provenance: provenance(), to: output)
    }
    // Every element is checked when it is read, and a folder that fails is not left behind.
    let model = try SumCheckpoint(base: base.checkpoint, delta: delta)
    for remark in try ModelWriter.write(model, like: base, to: output, format: outDtype) {
      Notice.print(remark)
    }
  }

  /// Files and folders with their digests.
  static func inputs(_ paths: [String], role: String) throws -> [Manifest.Input] {
    let digests = FileDigests(work: nil)
    return try paths.map {
      Manifest.Input(role: role, path: $0, sha256: try digests.digest(of: $0))
    }
  }
}

extension FloatFormat: ExpressibleByArgument {
  public init?(argument: String) { self.init(rawValue: argument.uppercased()) }
}
