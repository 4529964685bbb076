// Where Airbnb is at home; a match pattern cannot say "any ending".
export const DOMAINS = (
  "com com.ar com.au at az be com.bo com.br com.bz ca cat ch cl cn com.co co.cr cz de dk com.ec com.ee es fi fr gr " +
  "com.gt gy com.hk com.hn hr hu co.id ie co.il co.in is it jp com.kh co.kr la lt lu lv me mx com.mt com.my com.ni nl " +
  "no co.nz com.pa com.pe com.ph pl pt com.py com.ro rs ru se com.sg si com.sv com.tr com.tw com.ua co.uk com.vn co.ve " +
  "co.za ae al am"
).split(" ");
