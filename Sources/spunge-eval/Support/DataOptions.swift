import ArgumentParser
import Foundation

/// Where benchmark documents and corpora are kept; never a path in the repository.
struct DataOptions: ParsableArguments {
  @Option(
    help: "Folder of data sets (default: $SPUNGE_DATA), searched before the Hugging Face cache.")
  var data: String?

  /// The folder, if there is one.
  func root() throws -> String? {
    let variable = ProcessInfo.processInfo.environment["SPUNGE_DATA"]
    guard let root = data ?? variable, !root.isEmpty else { return nil }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: root, isDirectory: &isFolder), isFolder.boolValue
    else {
      throw ValidationError(
        "\(data == nil ? "SPUNGE_DATA" : "--data") is '\(root)', which is not a folder; give the folder "
          + "that has arc_easy/test.jsonl and so on (see the README)")
    }
    return root
  }
}
