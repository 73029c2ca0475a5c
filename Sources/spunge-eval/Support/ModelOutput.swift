import ArgumentParser
import Formats
import Foundation
import LanguageModels
import Spunge
import Tensors

/// How an unlearned or merged model is written.
struct ModelOutput: ParsableArguments {
  @Option(help: "Folder to write; must not exist.") var output: String

  @Flag(help: "Write only the changes and the base's digests; see 'export'.")
  var overlay = false

  @Option(help: "Dtype of the written weights: F32, BF16 or F16 (default: the base's).")
  var outDtype: FloatFormat?

  func validate() throws {
    if overlay, outDtype != nil {
      throw ValidationError("--out-dtype cannot be combined with --overlay; give it to 'export'")
    }
  }

  /// Checks outputs before any work is done, and removes what a killed run left of these folders.
  /// - Parameters:
  ///   - folders: folders to create.
  ///   - files: files to write or replace.
  ///   - inputs: files and models that are read, which must not be among `files`.
  /// - Throws: `FileError` if a folder exists already or an output cannot be written.
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
          "\(file.shown()): is inside an output folder, which is created at the end; choose another path"
        )
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
  /// - Parameter provenance: called only if the provenance is written.
  func write(
    _ delta: ParameterDelta, on base: ModelDirectory, provenance: () throws -> Provenance
  ) throws {
    if overlay {
      return try ModelOverlay.write(delta, on: base, provenance: provenance(), to: output)
    }
    // Every element is checked while it is read; a folder that fails is removed.
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
