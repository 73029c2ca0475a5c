import Formats
import Foundation

/// The records in a journal's lines, and which lines were dropped.
struct JournalContent<Record: Codable> {
  private(set) var records: [Record] = []
  /// Damaged lines, from 1.
  private(set) var damaged: [Int] = []
  /// Whether the lines have no checksums, as in files of earlier versions.
  private(set) var isPlain = false

  /// - Parameters:
  ///   - content: complete lines.
  ///   - fault: returns why a record is impossible even if its checksum is right; nil if it is possible.
  init(_ content: Data, fault: (Record) -> String?) {
    let lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .dropLast().map(CheckedLine.opened)
    isPlain =
      !lines.isEmpty
      && lines.allSatisfy {
        if case .plain = $0 { true } else { false }
      }
    let decoder = JSONDecoder()
    let encoder = CheckedLine.encoder
    for (index, line) in lines.enumerated() {
      // Without a checksum, a line can only be compared with how the record would be encoded.
      let record: Record? =
        switch line {
        case .checked(let object): try? decoder.decode(Record.self, from: object)
        case .plain(let object) where isPlain:
          (try? decoder.decode(Record.self, from: object)).flatMap {
            (try? encoder.encode($0)) == object ? $0 : nil
          }
        case .plain, .damaged: nil
        }
      if let record, fault(record) == nil {
        records.append(record)
      } else {
        damaged.append(index + 1)
      }
    }
    // If one such line is damaged, others may be damaged undetectably.
    if isPlain, !damaged.isEmpty {
      records = []
      damaged = Array(1...lines.count)
    }
  }

  /// Whether the file should be rewritten.
  var needsWriting: Bool { isPlain || !damaged.isEmpty }

  /// A note about damage in the journal at `path`; nil for none.
  func note(_ path: String) -> String? {
    guard !damaged.isEmpty else { return nil }
    let shown = damaged.prefix(5).map(String.init).joined(separator: ", ")
    let rest = damaged.count > 5 ? " and \(damaged.count - 5) more" : ""
    return "\(path.shown()): dropped line \(shown)\(rest), which is damaged or was edited; "
      + "its work is done again"
  }

  /// One record as a line with its checksum.
  static func line(_ record: Record) throws -> Data {
    let object = try CheckedLine.encoder.encode(record)
    guard object.first == UInt8(ascii: "{"), object.count > 2 else {
      throw EncodingError.invalidValue(
        record, .init(codingPath: [], debugDescription: "not an object with fields"))
    }
    return CheckedLine.sealed(object) + [UInt8(ascii: "\n")]
  }
}
