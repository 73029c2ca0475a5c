import Formats

/// A way to write a report: a file name and a function.
package struct ReportFormat: Sendable {
  /// Name in experiment files and on the command line.
  package let name: String
  /// File the text goes to; `nil` for a format that is only shown.
  package let fileName: String?
  package let render: @Sendable (Report) -> String

  /// Every format.
  package static let all: [ReportFormat] = [.markdown, .csv, .latex, .json, .console]

  /// The format called `name`.
  ///
  /// - Throws: `ReportFormatError` that lists the known ones.
  package static func format(named name: String) throws(ReportFormatError) -> ReportFormat {
    guard let format = all.first(where: { $0.name == name }) else {
      throw .unknownFormat(name, known: all.map(\.name))
    }
    return format
  }
}

/// An unknown format.
package enum ReportFormatError: InputFailure, CustomStringConvertible, Equatable {
  case unknownFormat(String, known: [String])

  package var description: String {
    switch self {
    case .unknownFormat(let name, let known):
      "unknown table format '\(name.shown())'; known formats: \(known.joined(separator: ", "))"
    }
  }
}
