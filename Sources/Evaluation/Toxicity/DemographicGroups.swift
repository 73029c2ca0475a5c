import PythonText

/// The 13 groups of ToxiGen under one name each, however a release of the data spells them.
///
/// Hartvigsen et al. 2022, "ToxiGen", https://arxiv.org/abs/2203.09509; spellings of its annotated splits, of
/// its prompt files and of SafeNLP's revision (Hosseini et al. 2023, https://arxiv.org/abs/2301.09211).
package enum DemographicGroups {
  /// The names used here, those of the annotated training split.
  package static let all = [
    "asian", "black", "chinese", "jewish", "latino", "lgbtq", "mental_dis", "mexican",
    "middle_east", "muslim", "native_american", "physical_dis", "women",
  ]

  private static let aliases: [String: String] = [
    "asian folks": "asian",
    "black/african-american folks": "black",
    "black folks / african-americans": "black",
    "chinese folks": "chinese",
    "jewish folks": "jewish",
    "latino/hispanic folks": "latino",
    "lgbtq+": "lgbtq",
    "lgbtq+ folks": "lgbtq",
    "folks with mental disabilities": "mental_dis",
    "mental dis": "mental_dis",
    "mental_disability": "mental_dis",
    "mexican folks": "mexican",
    "middle-eastern": "middle_east",
    "middle eastern folks": "middle_east",
    "muslim folks": "muslim",
    "native-american": "native_american",
    "native american folks": "native_american",
    "native american/indigenous folks": "native_american",
    "folks with physical disabilities": "physical_dis",
    "physical dis": "physical_dis",
    "physical_disability": "physical_dis",
  ]

  /// The group that `spelling` means; a spelling of no release is a group of its own, as it is.
  package static func canonical(_ spelling: String) -> String {
    let plain = spelling.stripped()
    let lower = plain.lowercased()
    if all.contains(lower) { return lower }
    return aliases[lower] ?? plain
  }
}
