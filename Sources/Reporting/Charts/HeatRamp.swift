/// The colours of heat maps in twenty-one steps, fill and text, for one kind of paper.
struct HeatRamp {
  /// Steps of each ramp; odd, so that a diverging ramp has a middle.
  static let steps = 21

  /// Colours from the smallest to the largest value, evenly spaced; red, green, blue in 0…255.
  let sequential: [[Double]]
  /// From −limit over 0 to +limit.
  let diverging: [[Double]]
  /// Text on pale and on strong cells.
  let dark, pale: String

  /// Nothing has the colour of the paper, much stands out.
  static let light = HeatRamp(
    sequential: [
      [245, 247, 250], [190, 214, 240], [110, 168, 220], [40, 105, 180], [12, 45, 105],
    ],
    diverging: [
      [140, 55, 5], [222, 130, 65], [246, 246, 246], [95, 150, 215], [15, 60, 135],
    ], dark: "#1f2328", pale: "#ffffff")
  static let dark = HeatRamp(
    sequential: [
      [32, 38, 46], [28, 66, 120], [50, 115, 195], [120, 180, 240], [215, 236, 255],
    ],
    diverging: [
      [255, 178, 110], [190, 95, 35], [36, 41, 48], [50, 105, 190], [150, 200, 255],
    ], dark: "#14171c", pale: "#e6e9ee")

  /// Classes `q0`… of the sequential and `v0`… of the diverging ramp; text in them has `t`.
  var css: String {
    Self.rules("q", sequential, self) + Self.rules("v", diverging, self)
  }

  private static func rules(_ prefix: String, _ anchors: [[Double]], _ ramp: HeatRamp) -> String {
    (0..<steps).map { step in
      let color = interpolated(anchors, at: Double(step) / Double(steps - 1))
      let hex = "#" + color.map { hexadecimal(Int($0.rounded())) }.joined()
      let ink = luminance(color) > 0.3 ? ramp.dark : ramp.pale
      return ".chart .\(prefix)\(step){fill:\(hex)}.chart .\(prefix)\(step)t{fill:\(ink)}\n"
    }.joined()
  }

  private static func interpolated(_ anchors: [[Double]], at share: Double) -> [Double] {
    let position = share * Double(anchors.count - 1)
    let below = min(Int(position), anchors.count - 2)
    let part = position - Double(below)
    return zip(anchors[below], anchors[below + 1]).map { $0 + part * ($1 - $0) }
  }

  private static func hexadecimal(_ value: Int) -> String {
    (value < 16 ? "0" : "") + String(value, radix: 16)
  }

  /// Relative luminance in 0…1, gamma taken as 2.25.
  private static func luminance(_ color: [Double]) -> Double {
    func linear(_ value: Double) -> Double {
      let share = value / 255
      return share * share * share.squareRoot().squareRoot()
    }
    return 0.2126 * linear(color[0]) + 0.7152 * linear(color[1]) + 0.0722 * linear(color[2])
  }
}
