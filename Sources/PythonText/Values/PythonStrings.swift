extension Unicode.Scalar {
  /// Python's `str.isspace` for one code point.
  package var isPythonSpace: Bool {
    switch value {
    case 0x09...0x0d, 0x1c...0x20, 0x85, 0xa0, 0x1680, 0x2000...0x200a, 0x2028, 0x2029, 0x202f,
      0x205f, 0x3000:
      true
    default: false
    }
  }

  package var isASCIIDigit: Bool { (0x30...0x39).contains(value) }

  /// Python's `str.isalpha` for one code point.
  package var isPythonLetter: Bool {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }
}

/// Python's string methods, which work on code points where Swift's work on characters.
extension String {
  package init(scalars: some Sequence<Unicode.Scalar>) {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    self = String(view)
  }

  /// `str.strip`, `lstrip`, `rstrip`; white space unless `characters` are given.
  package func stripped(left: Bool = true, right: Bool = true, _ characters: String? = nil)
    -> String
  {
    let set = characters.map { Set($0.unicodeScalars) }
    func drops(_ scalar: Unicode.Scalar) -> Bool {
      set.map { $0.contains(scalar) } ?? scalar.isPythonSpace
    }
    var view = Substring(self).unicodeScalars
    if left { view = view.drop(while: drops) }
    if right { while let last = view.last, drops(last) { view.removeLast() } }
    return String(view)
  }

  /// Byte offsets at which `part` occurs, not overlapping; the empty string occurs nowhere here.
  package func byteOffsets(of part: String, limit: Int = .max) -> [Int] {
    let (text, search) = (Array(utf8), ByteSearch(Array(part.utf8)))
    var (offsets, start) = ([Int](), 0)
    while offsets.count < limit, let offset = search.firstOffset(in: text, from: start) {
      offsets.append(offset)
      start = offset + part.utf8.count
    }
    return offsets
  }

  /// `part in self`, code point by code point.
  package func contains(codePointsOf part: String) -> Bool {
    part.isEmpty || !byteOffsets(of: part, limit: 1).isEmpty
  }

  package func starts(withCodePointsOf part: String) -> Bool { utf8.starts(with: part.utf8) }

  package func ends(withCodePointsOf part: String) -> Bool {
    utf8.reversed().starts(with: part.utf8.reversed())
  }

  /// `str.split(separator, limit)` for a separator that is not empty.
  package func split(codePointsOf separator: String, limit: Int = .max) -> [String] {
    let bytes = Array(utf8)
    var (parts, start) = ([String](), 0)
    for offset in byteOffsets(of: separator, limit: limit) {
      parts.append(String(decoding: bytes[start..<offset], as: UTF8.self))
      start = offset + separator.utf8.count
    }
    parts.append(String(decoding: bytes[start...], as: UTF8.self))
    return parts
  }

  /// `str.split()`: runs of white space separate, and none is kept at the ends.
  package func splitAtSpace(limit: Int = .max) -> [String] {
    var (parts, rest) = ([String](), Substring(self).unicodeScalars)
    rest = rest.drop(while: \.isPythonSpace)
    while !rest.isEmpty {
      if parts.count == limit {
        parts.append(String(rest))
        break
      }
      let word = rest.prefix { !$0.isPythonSpace }
      parts.append(String(word))
      rest = rest[word.endIndex...].drop(while: \.isPythonSpace)
    }
    return parts
  }

  /// `str.replace(old, new, limit)`.
  package func replacing(codePointsOf old: String, with new: String, limit: Int = .max) -> String {
    if old.isEmpty {
      var (result, remaining) = ("", limit)
      for scalar in unicodeScalars {
        if remaining > 0 { result += new }
        remaining -= 1
        result.unicodeScalars.append(scalar)
      }
      return remaining > 0 ? result + new : result
    }
    return split(codePointsOf: old, limit: limit).joined(separator: new)
  }

  /// `str.lower()`: a capital sigma at the end of a word becomes its final form.
  package var lowercasedAsPython: String {
    guard unicodeScalars.contains("\u{3a3}") else { return lowercased() }
    let scalars = Array(unicodeScalars)
    func isBesideLetter(_ others: some Sequence<Unicode.Scalar>) -> Bool {
      others.first { !$0.properties.isCaseIgnorable }?.properties.isCased ?? false
    }
    var result = ""
    for (index, scalar) in scalars.enumerated() {
      if scalar == "\u{3a3}", isBesideLetter(scalars[..<index].reversed()),
        !isBesideLetter(scalars[(index + 1)...])
      {
        result += "\u{3c2}"
      } else {
        result += scalar.properties.lowercaseMapping
      }
    }
    return result
  }

  /// `str.capitalize()`: the first code point upper, the rest lower.
  package var capitalizedAsPython: String {
    guard let first = unicodeScalars.first else { return "" }
    return first.properties.titlecaseMapping
      + String(unicodeScalars.dropFirst()).lowercasedAsPython
  }

  /// `str.title()`: every run of letters capitalised.
  package var titleAsPython: String {
    var (result, insideWord) = ("", false)
    for scalar in unicodeScalars {
      result +=
        insideWord
        ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping
      insideWord = scalar.properties.isCased
    }
    return result
  }

  /// `str.isdigit()` for ASCII digits.
  package var isASCIIDigits: Bool { !isEmpty && unicodeScalars.allSatisfy(\.isASCIIDigit) }
}

/// Looks for a text in others, in time linear in their lengths.
///
/// Knuth, Morris & Pratt 1977, https://doi.org/10.1137/0206024
struct ByteSearch {
  private let part: [UInt8]
  /// For each beginning of the part, how much of it is left when the next byte does not fit.
  private var borders: [Int] = []

  init(_ part: [UInt8]) {
    self.part = part
    var border = 0
    for index in part.indices {
      while border > 0, part[border] != part[index] { border = borders[border - 1] }
      if index > 0, part[border] == part[index] { border += 1 }
      borders.append(border)
    }
  }

  /// Where the part occurs first at or behind `start`; the empty part occurs nowhere.
  func firstOffset(in text: [UInt8], from start: Int) -> Int? {
    guard let first = part.first, part.count <= text.count - start else { return nil }
    var matched = 0
    for index in start..<text.count {
      let byte = text[index]
      if matched == 0, byte != first { continue }
      while matched > 0, part[matched] != byte { matched = borders[matched - 1] }
      if part[matched] == byte { matched += 1 }
      if matched == part.count { return index + 1 - matched }
    }
    return nil
  }
}
