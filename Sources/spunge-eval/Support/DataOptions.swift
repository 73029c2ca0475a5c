import ArgumentParser
import Foundation

/// Where benchmark documents and corpora are kept; never a path in the repository.
struct DataOptions: ParsableArguments {
  @Option(help: "Folder of benchmark data (default: $SPUNGE_DATA).") var data: String?

  func root() throws -> String {
    if let data { return data }
    if let data = ProcessInfo.processInfo.environment["SPUNGE_DATA"], !data.isEmpty { return data }
    throw ValidationError(
      "no folder of benchmark data: give --data FOLDER or set SPUNGE_DATA; it holds arc_easy/test.jsonl "
        + "and so on (see README)")
  }
}

/// Remarks on standard error.
enum Notice {
  static func print(_ text: String) {
    FileHandle.standardError.write(Data("note: \(text)\n".utf8))
  }
}
